// Two sessions on a link, on virtual time: an interface whose methods do what a test of a session needs.

import {
  type CallOptions,
  context,
  defineInterface,
  type Expose,
  type IncidentReport,
  type Interface,
  implement,
  method,
  oneway,
  type SkeletonOf,
  type UpcallError,
} from "upcall";
import type { AccessHooks } from "#internal/call/access.js";
import { portableText } from "#internal/codec/utf8.js";
import { Counters } from "#internal/counters.js";
import { Endpoint, Platform } from "#internal/endpoint/platform.js";
import { defaultLimits, type Limits } from "#internal/limits.js";
import type { Observer } from "#internal/observer.js";
import { Session } from "#internal/session/native/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { addEverything } from "#internal/workers/brought-along.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { ownObjects } from "#internal/workers/own-objects.js";
import { type LinkEnd, link, type Manners } from "./link.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const Work = defineInterface("Work", {
  echo: method<(value: unknown) => unknown>(),
  /** Settles when the test says so. */
  wait: method<(name: string) => unknown>(),
  fail: method<(what: string) => unknown>(),
  note: oneway<(value: unknown) => void>(),
  quick: method<() => unknown>({ timeout: 50 }),
  slow: method<(name: string) => unknown>({ timeout: 24 * 60 * 60 * 1000 }),
});

export type Settled = { value: unknown } | { error: UpcallError };

export interface Waiting {
  readonly signal: AbortSignal;
  readonly identity: unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The object behind the interface, which remembers what was asked of it. */
export class RealWork {
  readonly waiting: Map<string, Waiting> = new Map();
  readonly notes: unknown[] = [];
  readonly echoed: unknown[] = [];
  readonly thrown: Map<string, unknown> = new Map();
  readonly given: Map<string, unknown> = new Map();

  echo(value: unknown): unknown {
    this.echoed.push(value);
    return value;
  }

  wait(name: string): unknown {
    const { signal, identity } = context();
    return new Promise((resolve, reject) => {
      this.waiting.set(name, { signal, identity, resolve, reject });
    });
  }

  slow(name: string): unknown {
    return this.wait(name);
  }

  /** Throws what was laid down under a name, or gives it back. */
  fail(what: string): unknown {
    if (this.given.has(what)) return this.given.get(what);
    throw this.thrown.get(what);
  }

  note(value: unknown): void {
    this.notes.push(value);
  }

  quick(): unknown {
    return this.wait("quick");
  }
}

export interface Terms {
  readonly near?: Manners;
  readonly far?: Manners;
  readonly limits?: Partial<Limits>;
  readonly clientLimits?: Partial<Limits>;
  readonly serverLimits?: Partial<Limits>;
  readonly observer?: Observer;
  readonly interfaces?: readonly Interface[];
  readonly timeout?: number;
  readonly expose?: Expose;
  readonly token?: string;
  readonly accessHooks?: Partial<AccessHooks>;
  /** What the server serves besides. */
  readonly also?: readonly SkeletonOf[];
}

/** Doors of which a test says only what it is about. */
function doorsIn({ accessHooks }: Terms): AccessHooks | null {
  return accessHooks === undefined ? null : { authenticate: null, authorize: null, ...accessHooks };
}

export function newEndpoint(
  clock: VirtualClock,
  limits: Partial<Limits> = {},
  observer: Observer | null = null,
  incidents: IncidentReport[] = [],
  expose: Expose = "nothing",
): Endpoint {
  const log = (report: IncidentReport): void => void incidents.push(report);
  const platform = new Platform(clock, (bytes) => bytes.fill(7), portableText, log);
  addEverything(platform);
  const known = { ...defaultLimits, keepalive: 0, ...limits };
  return new Endpoint(platform, known, new Counters(), observer, null, null, expose);
}

/** What still hangs in the wheels of a platform. */
export function hanging({ platform }: Endpoint): number {
  return platform.deadlines.size + platform.idleTimers.size;
}

/** One end with nothing behind it but what a test gives it. */
export function clientSession(
  endpoint: Endpoint,
  end: LinkEnd,
  terms: Terms = {},
  onDraining: (() => void) | null = null,
): { session: Session; closed: (UpcallError | null)[] } {
  const closed: (UpcallError | null)[] = [];
  const session = new Session(endpoint, end, {
    role: "connected",
    dispatcher: ownObjects(endpoint),
    interfaces: terms.interfaces ?? [Work],
    timeout: terms.timeout ?? 30_000,
    token: terms.token ?? null,
    onDraining,
    onClosed: (error) => closed.push(error),
  });
  return { session, closed };
}

export function serverSession(
  endpoint: Endpoint,
  end: LinkEnd,
  real: RealWork,
  terms: Terms = {},
): { session: Session; closed: (UpcallError | null)[] } {
  const closed: (UpcallError | null)[] = [];
  const session = new Session(endpoint, end, {
    role: "accepted",
    dispatcher: new InlineDispatcher(endpoint, new SkeletonTable([implement(Work, real), ...(terms.also ?? [])])),
    interfaces: [],
    timeout: 30_000,
    accessHooks: doorsIn(terms),
    onDraining: null,
    onClosed: (error) => closed.push(error),
  });
  return { session, closed };
}

/** A client and a server that have not yet said a word. */
export class Pair {
  readonly clock: VirtualClock = new VirtualClock();
  readonly real: RealWork = new RealWork();
  readonly work: typeof Work = Work;
  readonly near: LinkEnd;
  readonly far: LinkEnd;
  readonly clientHome: Endpoint;
  readonly serverHome: Endpoint;
  readonly client: Session;
  readonly server: Session;
  readonly clientClosed: (UpcallError | null)[];
  readonly serverClosed: (UpcallError | null)[];
  /** What the server was told of, and its callers were not. */
  readonly incidents: IncidentReport[] = [];

  constructor(terms: Terms = {}) {
    [this.near, this.far] = link(terms.near, terms.far);
    this.clientHome = newEndpoint(this.clock, { ...terms.limits, ...terms.clientLimits }, terms.observer);
    const limits = { ...terms.limits, ...terms.serverLimits };
    this.serverHome = newEndpoint(this.clock, limits, terms.observer, this.incidents, terms.expose);
    const client = clientSession(this.clientHome, this.near, terms);
    const server = serverSession(this.serverHome, this.far, this.real, terms);
    this.client = client.session;
    this.clientClosed = client.closed;
    this.server = server.session;
    this.serverClosed = server.closed;
  }

  /** Makes a call; the result is there when it has settled, and never throws. */
  call(name: string, args: readonly unknown[] = [], options: CallOptions | null = null): { settled: Settled | null } {
    return this.callOn(Work, name, args, options);
  }

  callOn(
    subject: Interface,
    name: string,
    args: readonly unknown[],
    options: CallOptions | null = null,
  ): { settled: Settled | null } {
    const index = subject.table.findIndex((entry) => entry.name === name);
    const entry = subject.table[index];
    if (entry === undefined) throw new TypeError(`no method ${name}`);
    const result: { settled: Settled | null } = { settled: null };
    this.client.call(this.client.announce(subject) + index, entry, args, options).then(
      (value) => {
        result.settled = { value };
      },
      (error: UpcallError) => {
        result.settled = { error };
      },
    );
    return result;
  }

  async settle(): Promise<void> {
    await this.clock.settle();
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /** What must be 0 when all is over: a table that still holds something is a leak. */
  get left(): Record<string, number> {
    return {
      pending: this.client.calls.size + this.server.calls.size,
      running: this.client.upcalls.size + this.server.upcalls.size,
      deadlines: hanging(this.clientHome) + hanging(this.serverHome),
      runningNow: this.clientHome.counters.runningNow + this.serverHome.counters.runningNow,
      kept: this.clock.kept,
    };
  }
}

export const nothingLeft = { pending: 0, running: 0, deadlines: 0, runningNow: 0, kept: 0 };

export function errorOf(result: { settled: Settled | null }): UpcallError {
  if (result.settled === null) throw new Error("the call has not settled");
  if (!("error" in result.settled)) throw new Error(`the call returned ${JSON.stringify(result.settled.value)}`);
  return result.settled.error;
}

export function resultOf(result: { settled: Settled | null }): unknown {
  if (result.settled === null) throw new Error("the call has not settled");
  if ("error" in result.settled) throw result.settled.error;
  return result.settled.value;
}

/** An error as a test compares it. */
export function saysOf(result: { settled: Settled | null }): string {
  const { code, reason, outcome } = errorOf(result);
  return `${code} ${reason} ${outcome}`;
}
