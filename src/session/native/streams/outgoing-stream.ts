// The session, streams: one that is produced here. Its source is asked for an item only while there is credit; what it
// gives in one turn shares frames, and an item longer than the credit goes in pieces. Knows no reader but by its
// credit.

import type { Writer } from "../../../codec/writer.ts";
import type { Account } from "../../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { UpcallError } from "../../../errors.ts";
import { badItem, itemTooLarge, type StreamPlace, streamName } from "../../../failure/stream-endings.ts";
import { type Entered, thrownError, whyNot } from "../../../failure/thrown.ts";
import { flag } from "../../../wire/native/frame.ts";
import { Credit } from "./flow.ts";
import { ReceivedStream } from "./received.ts";

/** What a stream asks of the table that it stands in. */
export interface Producing {
  readonly endpoint: Endpoint;
  /** What the connection holds. */
  readonly account: Account;
  /** Whether the connection takes more; a stream that is told no is pulled again when it does. */
  room(stream: OutgoingStream): boolean;
  /** It has items that must go out at the end of this turn. */
  written(stream: OutgoingStream): void;
  /** It has had its share of this turn, and is pulled again in the next one. */
  later(stream: OutgoingStream): void;
  items(id: number, flags: number, bytes: Uint8Array): void;
  /** The last frame; with an error, its failure. */
  end(stream: OutgoingStream, error: UpcallError | null): void;
  /** Nothing more is sent. */
  gone(stream: OutgoingStream, error: UpcallError | null): void;
}

/** Bytes of items in one frame: the header is little beside them. */
const fullFrame = 16 * 1024;
/** What one stream may send before timers, sockets and other streams get their turn. */
const turnBytes = 64 * 1024;
const turnItems = 8 * 1024;

const nothing = new Uint8Array(0);

export class OutgoingStream {
  readonly id: number;
  readonly place: StreamPlace;
  readonly #table: Producing;
  readonly #items: AsyncIterable<unknown>;
  readonly #credit: Credit;
  readonly #ended: (error: UpcallError | null) => void;
  // One pair of callbacks for all items: a closure for each would be garbage on the hot path.
  readonly #onResult = (result: unknown): void => this.#given(result);
  readonly #onError = (error: unknown): void => this.#thrown(error);
  /** Items of this turn that are in no frame yet. */
  #writer: Writer | null = null;
  /** What there was no credit for of a long item. */
  #backoff: Uint8Array = nothing;
  /** Bytes of it, as the connection's account has them. */
  #counted = 0;
  /** Made when the first item is asked for: before that, what was given is as it was. */
  #source: AsyncIterator<unknown> | null = null;
  #begun = false;
  #asked = false;
  #over = false;
  #turnItems = 0;
  #turnBytes = 0;

  /**
   * @param first bytes that may be sent unasked
   * @param ended told once: why it ended before its time, or null when the source was finished
   */
  constructor(
    table: Producing,
    id: number,
    place: StreamPlace,
    items: AsyncIterable<unknown>,
    first: number,
    ended: (error: UpcallError | null) => void,
  ) {
    this.#table = table;
    this.id = id;
    this.place = place;
    this.#items = items;
    this.#credit = new Credit(first);
    this.#ended = ended;
  }

  /** Bytes that wait here for the end of the turn, or for credit. */
  get held(): number {
    return this.#backoff.length + (this.#writer?.position ?? 0);
  }

  /** The message that names it was sent, so items may follow. */
  begin(): void {
    this.#begun = true;
    this.pull();
  }

  /** False where the grant breaks the protocol. */
  grant(bytes: number): boolean {
    if (!this.#credit.grant(bytes)) return false;
    // Who grants has read the message that names it.
    this.begin();
    return true;
  }

  /** Asks the source for its next item, if one may be sent now. */
  pull(): void {
    if (this.#asked || this.#over || !this.#begun) return;
    const held = this.#writer === null ? 0 : this.#writer.position;
    if (this.#credit.left <= held || (held === 0 && !this.#table.room(this))) return;
    if (this.#backoff.length > 0 && !this.#pieces()) return;
    if (this.#turnItems >= turnItems || this.#turnBytes >= turnBytes) return this.#table.later(this);
    this.#asked = true;
    try {
      this.#source ??= this.#items[Symbol.asyncIterator]();
      Promise.resolve(this.#source.next()).then(this.#onResult, this.#onError);
    } catch (error) {
      this.#thrown(error);
    }
  }

  /** What was written goes out. */
  turnEnded(): void {
    this.#send();
    if (this.#writer !== null) this.#table.endpoint.platform.items.give(this.#writer);
    this.#writer = null;
    this.#turnItems = 0;
    this.#turnBytes = 0;
  }

  /** Others had their turn: it may go on. */
  nextTurn(): void {
    this.#turnItems = 0;
    this.#turnBytes = 0;
    this.pull();
  }

  /**
   * The reader has enough, its call is over, or the connection is gone: the source is told that no more is wanted. An
   * argument's that was asked for nothing is left as it was: its caller can give it again.
   */
  stop(error: UpcallError): void {
    if (this.#over) return;
    this.#close(error);
    if (this.#source === null && this.place.of === "argument") return;
    try {
      this.#source ??= this.#items[Symbol.asyncIterator]();
      Promise.resolve(this.#source.return?.()).catch(() => {});
    } catch {
      // Its clean-up failed, and there is no reader to be told.
    }
  }

  /** The same, and the reader hears why. */
  fail(error: UpcallError): void {
    if (this.#over) return;
    // Before the first credit the reader may not know of it.
    if (this.#begun) {
      this.#send();
      this.#table.end(this, error);
    }
    this.stop(error);
  }

  #given(result: unknown): void {
    // A promise of the program's own making may call back as often as it likes.
    if (!this.#asked) return;
    this.#asked = false;
    if (this.#over) return;
    let value: unknown;
    try {
      if (typeof result !== "object" || result === null) throw new TypeError("its next() gave no result");
      const { done, value: item } = result as IteratorResult<unknown>;
      if (done === true) return this.#finish(null);
      value = item;
    } catch (error) {
      return this.#finish(this.#errorOf(error));
    }
    this.#put(value);
    this.pull();
  }

  #thrown(error: unknown): void {
    if (!this.#asked) return;
    this.#asked = false;
    if (!this.#over) this.#finish(this.#errorOf(error));
  }

  #errorOf(thrown: unknown): UpcallError {
    // An error that is passed on from another connection is no error of this side.
    if (thrown instanceof UpcallError && this.#items instanceof ReceivedStream && this.#items.passing) return thrown;
    const { endpoint } = this.#table;
    const { errors: declared } = this.place;
    return thrownError(endpoint, thrown, {
      ...this.#entered,
      what: streamName(this.place),
      declared,
      outcome: "executed",
    });
  }

  /** Its source, as a report of an incident names it. */
  get #entered(): Entered {
    const { method, peer, call } = this.place;
    return { method, peer, call };
  }

  #put(value: unknown): void {
    const { encoder, limits, platform, counters } = this.#table.endpoint;
    let writer = this.#writer;
    if (writer === null) {
      writer = this.#writer = platform.items.take();
      this.#table.written(this);
    }
    const start = writer.position;
    try {
      encoder.value(writer, value, "item");
    } catch (error) {
      const what = `${streamName(this.place)} gave an item that cannot be sent`;
      const { why, incident } = whyNot(this.#table.endpoint, what, error, this.#entered);
      return this.fail(badItem(this.place, why, incident));
    }
    // A getter of the item may have stopped the stream.
    if (this.#over) return;
    counters.itemsSent++;
    this.#turnItems++;
    const { left } = this.#credit;
    const end = writer.position;
    if (end - start > limits.message) {
      writer.position = start;
      counters.messagesTooLarge++;
      this.fail(itemTooLarge(this.place, end - start, limits.message));
    } else if (end > left || end > limits.piece) {
      // The last item by itself, in pieces where it must be.
      this.#backoff = writer.bytes.slice(start, end);
      writer.position = start;
      this.#send();
      this.#pieces();
    } else if (end >= fullFrame) this.#send();
  }

  /** What was written, as one frame. */
  #send(): void {
    const writer = this.#writer;
    if (writer === null) return;
    if (writer.position > 0 && !this.#over) this.#frame(writer.bytes.subarray(0, writer.position), 0);
    writer.position = 0;
  }

  /** As much of a long item as there is credit for; true when all of it went. */
  #pieces(): boolean {
    const { piece } = this.#table.endpoint.limits;
    while (this.#backoff.length > 0 && this.#credit.left > 0 && this.#table.room(this)) {
      const length = Math.min(this.#backoff.length, this.#credit.left, piece);
      const part = this.#backoff.subarray(0, length);
      this.#backoff = length < this.#backoff.length ? this.#backoff.subarray(length) : nothing;
      this.#frame(part, this.#backoff.length > 0 ? flag.more : 0);
    }
    this.#weigh();
    return this.#backoff.length === 0;
  }

  #weigh(): void {
    const { length } = this.#backoff;
    if (length === this.#counted) return;
    this.#table.account.hold(length - this.#counted);
    this.#counted = length;
  }

  #frame(bytes: Uint8Array, flags: number): void {
    this.#credit.spend(bytes.length);
    this.#turnBytes += bytes.length;
    this.#table.items(this.id, flags, bytes);
  }

  #finish(error: UpcallError | null): void {
    this.#send();
    this.#table.end(this, error);
    this.#close(error);
  }

  #close(error: UpcallError | null): void {
    this.#over = true;
    this.#backoff = nothing;
    this.#weigh();
    this.#table.gone(this, error);
    this.#ended(error);
  }
}
