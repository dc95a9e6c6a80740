// The session, streams: one that is read here. What came is kept as bytes and rebuilt when the reader asks for it; as
// it is taken, the producer is granted more. Knows no source but by its frames.

import type { Account } from "../../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { failureIn } from "../../../failure/read-error.ts";
import {
  noFirstItem,
  notWanted,
  type StreamPlace,
  silentTooLong,
  tooMuchInPieces,
  unreadableItem,
} from "../../../failure/stream-endings.ts";
import { type SharedWindow, Window } from "./flow.ts";
import { ItemBuffer } from "./item-buffer.ts";
import { finished, ItemTimer, type Result, WaitingReaders } from "./waiting.ts";

/** What a stream asks of the table that it stands in. */
export interface Consuming {
  readonly endpoint: Endpoint;
  readonly peer: string;
  readonly shared: SharedWindow;
  /** What the connection holds. */
  readonly account: Account;
  /** Bytes of items that came in part, of all streams. */
  partBytes: number;
  grant(id: number, bytes: number): void;
  /** The producer hears that no more is wanted, and why where that is its fault. */
  stop(id: number, error: UpcallError | null): void;
  /** No frame of it is expected any more. */
  gone(stream: IncomingStream, error: UpcallError | null): void;
}

export interface ReadingTerms {
  readonly place: StreamPlace;
  /** Bytes that the producer may send unasked. */
  readonly first: number;
  /** When the first item must be there, in milliseconds on the clock; null where something else ends the call. */
  readonly deadline: number | null;
  /** Milliseconds that the reader waits for each further item; null: as long as it takes. */
  readonly idle: number | null;
  /** Told once: why it ended before its time, or null when it was finished. */
  readonly ended: (error: UpcallError | null) => void;
}

/** Bytes taken that need not be counted one item after the other. */
const worthCounting = 4 * 1024;

export class IncomingStream {
  readonly id: number;
  readonly #table: Consuming;
  readonly #terms: ReadingTerms;
  readonly #buffer: ItemBuffer = new ItemBuffer();
  readonly #window: Window;
  readonly #waiting: WaitingReaders = new WaitingReaders();
  #itemTimer: ItemTimer | null = null;
  /** Bytes taken since they were last counted. */
  #taken = 0;
  /** Bytes of a long item that were counted before it was whole. */
  #ahead = 0;
  /** Bytes held, as the connection's account has them. */
  #counted = 0;
  /** Nothing came yet. */
  #silent = true;
  /** No frame comes any more; what came can still be read. */
  #over = false;
  /** No further item can be asked for; earlier requests still get theirs. */
  #forgotten = false;
  /** What the reader hears after the last item. */
  #error: UpcallError | null = null;

  constructor(table: Consuming, id: number, terms: ReadingTerms) {
    const { limits } = table.endpoint;
    this.#table = table;
    this.id = id;
    this.#terms = terms;
    this.#window = new Window(table.shared, limits.streamWindow, terms.first);
    if (terms.deadline !== null) this.#waitUntil(terms.deadline);
  }

  get place(): StreamPlace {
    return this.#terms.place;
  }

  /** Bytes that came and were not taken. */
  get held(): number {
    return this.#buffer.length + this.#buffer.partLength;
  }

  /** The next item, at once where it is here already. Errors: what ended the stream; once, and then it is finished. */
  next(): Promise<Result> {
    if (this.#buffer.length > 0) {
      try {
        return Promise.resolve({ value: this.#take(), done: false });
      } catch (error) {
        this.#unreadable(error);
      }
    }
    if (this.#over) return this.#afterLast();
    const promise = this.#waiting.add();
    this.#wanted();
    return promise;
  }

  /** The program does not hold its reader any more: it ends with the last request. False where it had ended. */
  forget(): boolean {
    if (this.#over) return false;
    this.#forgotten = true;
    if (this.#waiting.size === 0) this.return();
    return true;
  }

  /** The reader has enough. */
  return(): void {
    if (!this.#over) this.#table.stop(this.id, null);
    this.#giveUp(notWanted(this.place));
    this.#error = null;
    this.#settle();
  }

  /** The body of a frame. False where it breaks the protocol. */
  items(bytes: Uint8Array, start: number, end: number, owned: boolean, more: boolean): boolean {
    if (this.#over) return true;
    if (!this.#window.arrived(end - start)) return false;
    if (this.#silent) {
      this.#silent = false;
      this.#patient();
    }
    if (!this.#keep(bytes, start, end, owned, more)) {
      this.#table.endpoint.counters.messagesTooLarge++;
      this.fail(tooMuchInPieces(this.place));
    } else if (this.#waiting.size > 0) this.#serve();
    if (this.held !== this.#counted) this.#weigh();
    return true;
  }

  /** The producer's last frame: nothing, or a failure. */
  ended(bytes: Uint8Array, start: number, end: number): void {
    if (this.#over) return;
    if (end > start) this.#error = failureIn(this.#table.endpoint.ownDecoder, bytes, start, end, this.place.errors);
    else if (this.#buffer.partLength > 0) this.#error = unreadableItem(this.place, "its end is missing");
    this.#close(this.#error);
    if (this.#buffer.length === 0) this.#settle();
  }

  /** The connection is gone; what came before can still be read. */
  lost(error: UpcallError): void {
    if (this.#over) return;
    this.#error = error;
    this.#close(error);
    if (this.#buffer.length === 0) this.#settle();
  }

  /** It cannot go on, or may not: the producer is told to stop, and what came is given up. */
  fail(error: UpcallError): void {
    if (this.#over && this.#buffer.length === 0) return;
    if (!this.#over) this.#table.stop(this.id, error);
    this.#error = error;
    this.#giveUp(error);
    this.#settle();
  }

  /** Rebuilds the first item. Throws where its bytes are no value. */
  #take(): unknown {
    const { decoder, counters } = this.#table.endpoint;
    const buffer = this.#buffer;
    const { at } = buffer;
    const value = decoder.item(buffer.bytes, at, buffer.end);
    const end = decoder.itemEnd;
    buffer.take(end);
    counters.itemsReceived++;
    this.#taken += end - at;
    if (this.#taken >= worthCounting || buffer.length === 0) this.#count();
    return value;
  }

  #unreadable(error: unknown): void {
    this.#table.endpoint.counters.badItems++;
    this.fail(unreadableItem(this.place, error));
  }

  /** Tells the window what was taken, and grants the producer more where that is due. */
  #count(): void {
    // The beginning of a long item was counted when it came.
    const before = Math.min(this.#taken, this.#ahead);
    this.#ahead -= before;
    this.#window.taken(this.#taken - before);
    this.#taken = 0;
    if (this.#counted > 0) this.#weigh();
    if (this.#over) return;
    const bytes = this.#window.grant();
    if (bytes > 0) this.#table.grant(this.id, bytes);
  }

  /** False when it would be too much of an item, or of all items, in part. */
  #keep(bytes: Uint8Array, start: number, end: number, owned: boolean, more: boolean): boolean {
    const { limits } = this.#table.endpoint;
    const before = this.#buffer.partLength;
    const part = before + end - start;
    if ((more || before > 0) && (part > limits.message || this.#table.partBytes + end - start > limits.partialBytes))
      return false;
    if (more && !this.#table.account.admits(end - start)) return false;
    this.#buffer.add(bytes, start, end, owned, more);
    this.#table.partBytes += this.#buffer.partLength - before;
    return true;
  }

  /** Gives what came to those who wait. */
  #serve(): void {
    while (this.#waiting.size > 0 && this.#buffer.length > 0) {
      try {
        this.#waiting.give(this.#take());
      } catch (error) {
        return this.#unreadable(error);
      }
    }
    if (this.#waiting.size > 0) this.#wanted();
    else if (this.#forgotten) this.return();
    else this.#patient();
  }

  /** A reader waits, and perhaps the producer has no credit. */
  #wanted(): void {
    // An item that is longer than the window comes only if its beginning counts as taken.
    const part = this.#buffer.partLength - this.#ahead;
    if (part > 0) {
      this.#ahead += part;
      this.#window.taken(part);
    }
    this.#count();
    const { idle } = this.#terms;
    if (idle !== null && !this.#silent) this.#waitUntil(this.#table.endpoint.platform.clock.now() + idle);
  }

  #waitUntil(deadline: number): void {
    this.#patient();
    this.#itemTimer ??= new ItemTimer(() => this.#expired());
    this.#itemTimer.deadline = deadline;
    this.#table.endpoint.platform.deadlines.add(this.#itemTimer);
  }

  /** Waits for nothing. */
  #patient(): void {
    if (this.#itemTimer !== null) this.#table.endpoint.platform.deadlines.remove(this.#itemTimer);
  }

  #expired(): void {
    const { endpoint, peer } = this.#table;
    endpoint.counters.deadlinesExceeded++;
    this.fail(this.#silent ? noFirstItem(this.place, peer) : silentTooLong(this.place, this.#terms.idle ?? 0, peer));
  }

  /** No frame comes any more. */
  #close(error: UpcallError | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#patient();
    this.#dropPart();
    this.#window.end();
    this.#table.gone(this, error);
    this.#terms.ended(error);
  }

  /** And what came is not read. */
  #giveUp(error: UpcallError): void {
    this.#dropPart();
    this.#buffer.clear();
    this.#weigh();
    this.#window.close();
    this.#taken = 0;
    this.#close(error);
  }

  #dropPart(): void {
    const { partLength } = this.#buffer;
    this.#table.partBytes -= partLength;
    this.#window.taken(Math.max(0, partLength - this.#ahead));
    this.#ahead = 0;
    this.#buffer.dropPart();
    if (this.#counted > 0) this.#weigh();
  }

  #weigh(): void {
    const { held } = this;
    this.#table.account.hold(held - this.#counted);
    this.#counted = held;
  }

  #settle(): void {
    if (this.#waiting.end(this.#error)) this.#error = null;
  }

  #afterLast(): Promise<Result> {
    const error = this.#error;
    this.#error = null;
    return error === null ? Promise.resolve(finished) : Promise.reject(error);
  }
}
