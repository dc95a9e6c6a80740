// Two sessions on a simulated link and virtual time, both of which serve the same interface of streams.

import { context, defineInterface, type Implementation, implement, method, type ProxyOf, stream } from "upcall";
import type { Endpoint } from "#internal/endpoint/platform.js";
import type { Limits } from "#internal/limits.js";
import { proxyOf } from "#internal/proxy/proxy.js";
import { Session } from "#internal/session/native/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { type LinkEnd, link, type Manners } from "../harness/link.ts";
import { newEndpoint } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

export const Flow = defineInterface("Flow", {
  give: method({ args: [], returns: stream<unknown>() }),
  take: method({ args: [stream<unknown>()] }),
  both: method({ args: [stream<unknown>()], returns: stream<unknown>() }),
  two: method({ args: [stream<unknown>(), stream<unknown>()] }),
  impatient: method({ args: [], returns: stream<unknown>(), timeout: 100, idleTimeout: 50 }),
  plain: method<(value?: unknown) => string>(),
});
export type Flow = typeof Flow;

type Items = AsyncIterable<unknown>;

/** What each method does is laid down by the test. */
export class RealFlow implements Implementation<Flow> {
  giving: () => Items | Promise<Items> = () => upTo(10);
  taking: (items: Items) => Promise<unknown> = countOf;
  mixing: (items: Items) => Items = (items) => items;
  /** The signal of the last call. */
  signal: AbortSignal | null = null;

  give(): Items | Promise<Items> {
    this.signal = context().signal;
    return this.giving();
  }

  async take(items: Items): Promise<void> {
    this.signal = context().signal;
    await this.taking(items);
  }

  both(items: Items): Items {
    this.signal = context().signal;
    return this.mixing(items);
  }

  async two(one: Items, other: Items): Promise<void> {
    await Promise.all([this.taking(one), this.taking(other)]);
  }

  impatient(): Items | Promise<Items> {
    return this.giving();
  }

  plain(): string {
    return "plain";
  }
}

export class FlowPair {
  readonly clock: VirtualClock = new VirtualClock();
  readonly near: LinkEnd;
  readonly far: LinkEnd;
  readonly client: Session;
  readonly server: Session;
  readonly clientHome: Endpoint;
  readonly serverHome: Endpoint;
  /** What the client calls, which is the server's ... */
  readonly flow: ProxyOf<Flow>;
  readonly real: RealFlow = new RealFlow();
  readonly clientReal: RealFlow = new RealFlow();

  constructor(terms: { limits?: Partial<Limits>; serverLimits?: Partial<Limits>; near?: Manners; far?: Manners } = {}) {
    [this.near, this.far] = link(terms.near, terms.far);
    this.clientHome = newEndpoint(this.clock, terms.limits);
    this.serverHome = newEndpoint(this.clock, { ...terms.limits, ...terms.serverLimits });
    const session = (endpoint: Endpoint, end: LinkEnd, role: "connected" | "accepted", real: RealFlow): Session =>
      new Session(endpoint, end, {
        role,
        dispatcher: new InlineDispatcher(endpoint, new SkeletonTable([implement(Flow, real)])),
        interfaces: role === "connected" ? [Flow] : [],
        timeout: 30_000,
        onDraining: null,
        onClosed: () => {},
      });
    this.client = session(this.clientHome, this.near, "connected", this.clientReal);
    this.server = session(this.serverHome, this.far, "accepted", this.real);
    this.flow = proxyOf(Flow, this.client, false);
  }

  /** ... and the other way round, once the greeting is over. */
  get back(): ProxyOf<Flow> {
    return proxyOf(Flow, this.server, false);
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Waits for something while the simulated world goes on. */
  async of<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {});
    await this.settle();
    return await promise;
  }

  /** What must be 0 when all is over. */
  get left(): Record<string, number> {
    const left: Record<string, number> = { ...nothingLeft };
    for (const { session, endpoint } of [
      { session: this.client, endpoint: this.clientHome },
      { session: this.server, endpoint: this.serverHome },
    ]) {
      const { table } = session.transfer.streams;
      const found = {
        calls: session.calls.size,
        upcalls: session.upcalls.size,
        deadlines: endpoint.platform.deadlines.size,
        streams: table.size,
        held: table.held,
        parts: table.partBytes,
        granted: table.shared.used,
        streamsNow: endpoint.counters.streamsNow,
      };
      for (const [name, count] of Object.entries(found)) left[name] = (left[name] ?? 0) + count;
    }
    return left;
  }
}

export const nothingLeft: Record<string, number> = {
  calls: 0,
  upcalls: 0,
  deadlines: 0,
  streams: 0,
  held: 0,
  parts: 0,
  granted: 0,
  streamsNow: 0,
};

export async function* upTo(count: number): AsyncGenerator<number> {
  for (let index = 0; index < count; index++) yield index;
}

export async function countOf(items: Items): Promise<number> {
  let count = 0;
  for await (const _ of items) count++;
  return count;
}

/** A source that gives what the test says, when it says so. */
export class Valve implements AsyncIterableIterator<unknown> {
  returned = 0;
  asked = 0;
  #waiting: { resolve: (result: IteratorResult<unknown>) => void; reject: (error: unknown) => void } | null = null;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
    this.asked++;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.returned++;
    this.#waiting?.resolve({ value: undefined, done: true });
    return { value: undefined, done: true };
  }

  /** False where nobody asks. */
  give(value: unknown): boolean {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve({ value, done: false });
    return waiting !== null;
  }

  end(): void {
    this.#waiting?.resolve({ value: undefined, done: true });
  }

  fail(error: unknown): void {
    this.#waiting?.reject(error);
  }
}
