// The streams of two ends of a simulated connection, without calls: a test names a stream on both sides itself. All
// that crosses is looked at as frames, so that what a side may send is counted on the wire and not by its own books.

import type { ConnectionEvents } from "#internal/connection.js";
import type { Endpoint } from "#internal/endpoint/platform.js";
import { UpcallError } from "#internal/errors.js";
import { defaultLimits, type Limits } from "#internal/limits.js";
import { Outbox } from "#internal/session/native/output/outbox.js";
import { firstCredit } from "#internal/session/native/streams/flow.js";
import { ReceivedStream } from "#internal/session/native/streams/received.js";
import { Streams } from "#internal/session/native/streams/streams.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { FrameReader, type FrameSink } from "#internal/wire/native/reader.js";
import { type LinkEnd, link, type Manners } from "../harness/link.ts";
import { newEndpoint } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

const lost: UpcallError = new UpcallError("UNAVAILABLE", "the connection broke", {
  reason: "CONNECTION_LOST",
  outcome: "unknown",
});

/** What crossed for one stream, as a stranger on the wire counts it. */
interface Account {
  sent: number;
  granted: number;
  frames: number;
  grants: number;
  items: number;
}

/** One end. */
export class Side implements ConnectionEvents, FrameSink {
  readonly endpoint: Endpoint;
  readonly streams: Streams;
  readonly end: LinkEnd;
  /** The breach of the protocol that the other side is guilty of. */
  broken: unknown = null;
  /** The streams produced here. */
  readonly accounts: Map<number, Account> = new Map();
  other: Side | null = null;
  readonly #reader: FrameReader = new FrameReader(defaultLimits.piece + 65_536);
  readonly #outbox: Outbox;

  constructor(clock: VirtualClock, end: LinkEnd, limits: Partial<Limits>) {
    this.endpoint = newEndpoint(clock, limits);
    this.end = end;
    this.#outbox = new Outbox(this.endpoint, end, { crowded() {}, flushed: () => this.streams.pump() });
    this.streams = new Streams(this.endpoint, this.#outbox.frames, end.peer.toString());
    this.#outbox.frames.preface();
    end.start(this);
  }

  /** A frame of the test's own, such as no honest side would send. */
  raw(frameKind: number, flags: number, id: number, remaining: number, body: Uint8Array | null = null): void {
    this.#outbox.frames.put(frameKind, flags, 0, id, remaining, body);
  }

  account(id: number, first: number): Account {
    const account = { sent: 0, granted: first, frames: 0, grants: 0, items: 0 };
    this.accounts.set(id, account);
    return account;
  }

  received(bytes: Uint8Array): void {
    if (this.broken !== null) return;
    try {
      this.#reader.push(bytes, this);
    } catch (error) {
      this.broken = error;
      this.streams.lost(lost);
    }
  }

  drained(): void {
    this.#outbox.pieces();
    this.streams.pump();
  }

  ended(): void {}

  closed(): void {
    this.#outbox.abandon();
    this.streams.lost(lost);
  }

  frame(header: FrameReader, bytes: Uint8Array, start: number, end: number): boolean {
    this.endpoint.counters.framesReceived++;
    const { call: id } = header;
    if (header.kind === kind.item) {
      const account = this.other?.accounts.get(id);
      if (account !== undefined) {
        account.frames++;
        account.sent += end - start;
        if (account.sent > account.granted) throw new Error(`stream ${id} sent ${account.sent} of ${account.granted}`);
      }
      this.streams.itemsCame(header, bytes, start, end);
    } else if (header.kind === kind.end) this.streams.endCame(id, bytes, start, end);
    else if (header.kind === kind.credit) this.streams.creditCame(id, header.remaining);
    else if (header.kind === kind.stop) this.streams.stopCame(id, bytes, start, end);
    else throw new Error(`a frame of kind ${header.kind}`);
    return this.broken === null;
  }
}

/** Counts credit when it is sent: what crosses later cannot be more. */
function countGrants(side: Side): void {
  const { streams } = side;
  const grant = streams.grant.bind(streams);
  streams.grant = (id, bytes) => {
    const account = side.other?.accounts.get(id);
    if (account !== undefined) {
      account.granted += bytes;
      account.grants++;
    }
    grant(id, bytes);
  };
}

export interface Given {
  readonly reader: ReceivedStream;
  readonly id: number;
  readonly account: Account;
  /** How its producer's side and its reader's side heard that it ended. */
  readonly ends: { producer: (UpcallError | null)[]; reader: (UpcallError | null)[] };
}

export class Tables {
  readonly clock: VirtualClock = new VirtualClock();
  readonly near: Side;
  readonly far: Side;

  constructor(
    terms: { limits?: Partial<Limits>; farLimits?: Partial<Limits>; nearManners?: Manners; farManners?: Manners } = {},
  ) {
    const [near, far] = link(terms.nearManners, terms.farManners);
    this.near = new Side(this.clock, near, terms.limits ?? {});
    this.far = new Side(this.clock, far, { ...terms.limits, ...terms.farLimits });
    this.near.other = this.far;
    this.far.other = this.near;
    countGrants(this.near);
    countGrants(this.far);
  }

  /** The far side produces, as for a result, unless told otherwise. */
  give(
    source: unknown,
    {
      from = this.far,
      of = "result",
      idle = null,
      deadline = null,
    }: {
      from?: Side;
      of?: "result" | "argument";
      idle?: number | null;
      deadline?: number | null;
    } = {},
  ): Given {
    const to = from === this.far ? this.near : this.far;
    const place = { method: "Test.stream", of, errors: [], peer: "the other side", call: 1 } as const;
    const first = of === "result" ? firstCredit : 0;
    const ends: Given["ends"] = { producer: [], reader: [] };
    const outgoing = from.streams.produce(source, place, first, (error) => ends.producer.push(error));
    const account = from.account(outgoing.id, first);
    const incoming = to.streams.read(outgoing.id, {
      place,
      first,
      deadline,
      idle,
      ended: (error) => ends.reader.push(error),
    });
    if (of === "result") outgoing.begin();
    return { reader: new ReceivedStream(incoming, false), id: outgoing.id, account, ends };
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }

  /** What must be 0 when all is over. */
  get left(): Record<string, number> {
    const of = ({ streams, endpoint }: Side): number[] => [
      streams.size,
      streams.held,
      streams.partBytes,
      streams.shared.used,
      endpoint.platform.deadlines.size,
      endpoint.counters.streamsNow,
    ];
    const names = ["streams", "held", "parts", "granted", "deadlines", "streamsNow"];
    const [near, far] = [of(this.near), of(this.far)];
    return Object.fromEntries(names.map((name, index) => [name, (near[index] ?? 0) + (far[index] ?? 0)]));
  }
}

export const nothingLeft: Record<string, number> = {
  streams: 0,
  held: 0,
  parts: 0,
  granted: 0,
  deadlines: 0,
  streamsNow: 0,
};

/** Numbers from 0, and whether they were asked for, and ended. */
export class Counted implements AsyncIterable<number>, AsyncIterator<number> {
  asked = 0;
  returned = 0;
  running = 0;
  readonly most: number;

  constructor(most = Number.POSITIVE_INFINITY) {
    this.most = most;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<number>> {
    if (this.running++ > 0) throw new Error("asked for the next item before the last one was there");
    await Promise.resolve();
    this.running--;
    const value = this.asked++;
    return value < this.most ? { value, done: false } : { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<number>> {
    this.returned++;
    return { value: undefined, done: true };
  }
}

/** The frames of a side, as `kind:id:length`, with `+` where more pieces follow. */
export function framesOf(end: LinkEnd): string[] {
  const names = Object.fromEntries(Object.entries(kind).map(([name, value]) => [value, name]));
  const found: string[] = [];
  const reader = new FrameReader(1024 * 1024);
  const sink: FrameSink = {
    frame(header, _bytes, start, stop) {
      const more = (header.flags & flag.more) !== 0 ? "+" : "";
      found.push(`${names[header.kind]}${more}:${header.call}:${header.remaining || stop - start}`);
      return true;
    },
  };
  for (const bytes of end.written) reader.push(bytes, sink);
  return found;
}
