// The session: the streams of one connection, those that are produced here and those that are read here, by their
// numbers. The producer of a stream numbers it, so the two tables know nothing of each other.

import { itemsOf } from "../../../call/iterables.ts";
import { IdMap } from "../../../endpoint/id-map.ts";
import type { Account } from "../../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { UpcallError } from "../../../errors.ts";
import { failureIn, noErrors } from "../../../failure/read-error.ts";
import {
  namedTwice,
  notAStream,
  notWanted,
  type StreamPlace,
  tooManyStreams,
} from "../../../failure/stream-endings.ts";
import { eventError, namesIn, type StreamEvent } from "../../../observer.ts";
import { flag, kind } from "../../../wire/native/frame.ts";
import type { FrameReader } from "../../../wire/native/reader.ts";
import { putFailure } from "../output/failure.ts";
import type { FrameOutput } from "../output/output.ts";
import { mostCredit, SharedWindow } from "./flow.ts";
import { type Consuming, IncomingStream, type ReadingTerms } from "./incoming-stream.ts";
import { OutgoingStream, type Producing } from "./outgoing-stream.ts";

const largestId = 0xffff_ffff;

export class Streams implements Producing, Consuming {
  readonly endpoint: Endpoint;
  readonly peer: string;
  readonly shared: SharedWindow;
  readonly account: Account;
  partBytes = 0;
  readonly #output: FrameOutput;
  readonly #outgoing: Map<number, OutgoingStream> = new Map();
  readonly #incoming: IdMap<IncomingStream>;
  readonly #turnEnd = (): void => this.#endTurn();
  readonly #turnBegin = (): void => this.#beginTurn();
  /** Those with items in no frame yet. */
  #written: OutgoingStream[] = [];
  /** Those that had their share of a turn. */
  #later: OutgoingStream[] = [];
  /** Those that the connection had no room for. */
  readonly #stalled: Set<OutgoingStream> = new Set();
  #last = 0;
  #lost = false;
  #idle: (() => void) | null = null;

  constructor(endpoint: Endpoint, output: FrameOutput, peer: string) {
    this.endpoint = endpoint;
    this.#incoming = new IdMap(endpoint.platform.ids);
    this.peer = peer;
    this.#output = output;
    this.account = output.account;
    this.shared = new SharedWindow(endpoint.limits.streamsWindow);
  }

  /** Streams that run, both ways. */
  get size(): number {
    return this.#outgoing.size + this.#incoming.size;
  }

  /** Bytes of items that are held here, both ways. */
  get held(): number {
    let bytes = 0;
    for (const stream of this.#outgoing.values()) bytes += stream.held;
    for (const stream of this.#incoming.values()) bytes += stream.held;
    return bytes;
  }

  /**
   * Begins to produce what a program gave. Items follow once `begin` is called, or the reader granted something.
   * @param first bytes that may be sent unasked
   * @param ended told once: why it ended before its time, or null
   * @throws UpcallError NOT_MARSHALLABLE or BAD_RESULT for a value that is no source, TOO_MANY; what the program's own
   *   code throws comes out
   */
  produce(
    given: unknown,
    place: StreamPlace,
    first: number,
    ended: (error: UpcallError | null) => void,
  ): OutgoingStream {
    const { limits, counters } = this.endpoint;
    if (this.#outgoing.size >= limits.streams) {
      counters.refusedStreams++;
      throw tooManyStreams(place, limits.streams, this.peer);
    }
    const items = itemsIn(given, place);
    do this.#last = this.#last === largestId ? 1 : this.#last + 1;
    while (this.#outgoing.has(this.#last));
    const stream = new OutgoingStream(this, this.#last, place, items, first, ended);
    this.#outgoing.set(stream.id, stream);
    counters.streamsSent++;
    counters.streamsNow++;
    if (this.endpoint.observer !== null) this.#watch("stream", stream, null);
    return stream;
  }

  /**
   * Begins to read a stream that a message named.
   * @throws UpcallError INVALID_ARGUMENT (BAD_REFERENCE) for a number that is being read already; RESOURCE_EXHAUSTED
   *   (TOO_MANY)
   */
  read(id: number, terms: ReadingTerms): IncomingStream {
    const { counters } = this.endpoint;
    this.check(id, 0, terms.place);
    const stream = new IncomingStream(this, id, terms);
    this.#incoming.set(id, stream);
    counters.streamsReceived++;
    counters.streamsNow++;
    if (this.endpoint.observer !== null) this.#watch("stream", stream, null);
    return stream;
  }

  /** Whether another one may come now, `coming` others with it. @throws UpcallError as for `read` */
  check(id: number, coming: number, place: StreamPlace): void {
    const { limits, counters } = this.endpoint;
    if (this.#incoming.has(id)) {
      counters.badReferences++;
      throw namedTwice(place, id);
    }
    if (this.#incoming.size + coming < limits.streams) return;
    counters.refusedStreams++;
    throw tooManyStreams(place, limits.streams, this.peer);
  }

  /** A frame of items. One for a stream that is not read is answered by `stop`: it may have been under way. */
  itemsCame(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const stream = this.#incoming.get(header.call);
    if (stream === undefined) return this.stop(header.call, null);
    if (!stream.items(bytes, start, end, header.owned, (header.flags & flag.more) !== 0))
      throw broken(`stream ${header.call} sent more than it had credit for`);
  }

  /** The last frame of a stream that is read here. */
  endCame(id: number, bytes: Uint8Array, start: number, end: number): void {
    this.#incoming.get(id)?.ended(bytes, start, end);
  }

  creditCame(id: number, bytes: number): void {
    const stream = this.#outgoing.get(id);
    if (bytes < 1 || bytes > mostCredit) throw broken(`a credit of ${bytes} bytes was granted`);
    if (stream !== undefined && !stream.grant(bytes)) throw broken(`stream ${id} was granted more than 2^31 - 1 bytes`);
  }

  /** What was begun here goes nowhere. */
  drop(id: number): void {
    const stream = this.#outgoing.get(id);
    if (stream !== undefined) stream.stop(notWanted(stream.place));
  }

  stopCame(id: number, bytes: Uint8Array, start: number, end: number): void {
    const stream = this.#outgoing.get(id);
    if (stream === undefined) return;
    this.endpoint.counters.streamsStopped++;
    stream.stop(end > start ? failureIn(this.endpoint.ownDecoder, bytes, start, end) : notWanted(stream.place));
  }

  /** The connection took some of what was unsent: streams that waited for that go on. */
  pump(): void {
    if (this.#stalled.size === 0 || !this.#roomy) return;
    const stalled = [...this.#stalled];
    this.#stalled.clear();
    for (const stream of stalled) stream.pull();
  }

  /** The connection is gone, or nothing is answered on it any more. */
  lost(error: UpcallError): void {
    if (this.#lost) return;
    this.#lost = true;
    for (const stream of this.#outgoing.values()) stream.stop(error);
    for (const stream of this.#incoming.values()) stream.lost(error);
  }

  /** Ends all that run; both sides hear why. */
  cancelAll(error: (place: StreamPlace) => UpcallError): void {
    for (const stream of this.#outgoing.values()) stream.fail(error(stream.place));
    for (const stream of this.#incoming.values()) stream.fail(error(stream.place));
  }

  /** Fulfilled when no stream runs. */
  async drained(): Promise<void> {
    if (this.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  room(stream: OutgoingStream): boolean {
    if (this.#roomy) return true;
    this.#stalled.add(stream);
    return false;
  }

  written(stream: OutgoingStream): void {
    if (this.#written.push(stream) === 1) this.endpoint.platform.clock.defer(this.#turnEnd);
  }

  later(stream: OutgoingStream): void {
    if (this.#later.includes(stream)) return;
    if (this.#later.push(stream) === 1) this.endpoint.platform.clock.nextTurn(this.#turnBegin);
  }

  items(id: number, flags: number, bytes: Uint8Array): void {
    this.#output.put(kind.item, flags, 0, id, 0, bytes);
  }

  end({ id, place }: OutgoingStream, error: UpcallError | null): void {
    this.#tell(kind.end, id, 0, error, place.errors);
  }

  grant(id: number, bytes: number): void {
    this.#tell(kind.credit, id, bytes, null);
  }

  stop(id: number, error: UpcallError | null): void {
    this.#tell(kind.stop, id, 0, error);
  }

  gone(stream: OutgoingStream | IncomingStream, error: UpcallError | null): void {
    if (this.endpoint.observer !== null) this.#watch("streamEnd", stream, error);
    if (stream instanceof OutgoingStream) {
      this.#outgoing.delete(stream.id);
      this.#stalled.delete(stream);
    } else this.#incoming.delete(stream.id);
    this.endpoint.counters.streamsNow--;
    if (this.size === 0) this.#idle?.();
  }

  #watch(event: StreamEvent["event"], stream: OutgoingStream | IncomingStream, error: UpcallError | null): void {
    const { id, place } = stream;
    const produces = stream instanceof OutgoingStream;
    this.endpoint.observer?.({
      event,
      side: produces === (place.of === "argument") ? "caller" : "callee",
      ...namesIn(place.method),
      connection: this.#output.connection,
      id: place.call,
      stream: id,
      does: produces ? "produces" : "reads",
      error: eventError(error),
      time: this.endpoint.platform.clock.now(),
      worker: null,
    });
  }

  get #roomy(): boolean {
    return this.#output.unsent < this.endpoint.limits.unsentPause;
  }

  #endTurn(): void {
    const streams = this.#written;
    this.#written = [];
    for (const stream of streams) stream.turnEnded();
  }

  #beginTurn(): void {
    const streams = this.#later;
    this.#later = [];
    for (const stream of streams) stream.nextTurn();
  }

  #tell(frameKind: number, id: number, remaining: number, error: UpcallError | null, declared = noErrors): void {
    if (this.#lost) return;
    // Read, left or ended by a getter of a value that is being written: a frame here would stand in the middle of it.
    if (this.#output.busy)
      return this.endpoint.platform.clock.defer(() => this.#tell(frameKind, id, remaining, error, declared));
    if (error === null) this.#output.put(frameKind, 0, 0, id, remaining, null);
    else putFailure(this.endpoint, this.#output, frameKind, id, error, declared);
  }
}

function itemsIn(given: unknown, place: StreamPlace): AsyncIterable<unknown> {
  let items: AsyncIterable<unknown> | null;
  try {
    items = itemsOf(given);
  } catch (error) {
    throw notAStream(place, error);
  }
  if (items === null) throw notAStream(place);
  return items;
}

function broken(message: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", message, { reason: "BAD_FRAME", outcome: "unknown" });
}
