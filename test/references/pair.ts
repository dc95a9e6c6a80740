// Two sessions on a link, on virtual time, with a bank at one end; and what must be empty when all is over.

import { defaultLimits, implement, type LeakReport, type Limits, type ProxyOf, type UpcallError } from "upcall";
import type { Authorize } from "#internal/call/access.js";
import { portableText } from "#internal/codec/utf8.js";
import { Counters } from "#internal/counters.js";
import { Endpoint, Platform } from "#internal/endpoint/platform.js";
import { proxyOf } from "#internal/proxy/proxy.js";
import { Session } from "#internal/session/native/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { addEverything } from "#internal/workers/brought-along.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { ownObjects } from "#internal/workers/own-objects.js";
import { type LinkEnd, link, type Manners } from "../harness/link.ts";
import { type Frame, framesIn } from "../harness/stranger.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";
import { Bank, RealBank } from "./bank.ts";

export interface PairTerms {
  readonly near?: Manners;
  readonly far?: Manners;
  readonly clientLimits?: Partial<Limits>;
  readonly serverLimits?: Partial<Limits>;
  readonly authorize?: Authorize;
}

export function newEndpoint(clock: VirtualClock, limits: Partial<Limits> = {}, leaks: LeakReport[] = []): Endpoint {
  const platform = new Platform(clock, (bytes) => bytes.fill(7), portableText);
  addEverything(platform);
  return new Endpoint(platform, { ...defaultLimits, keepalive: 0, ...limits }, new Counters(), null, (report) =>
    leaks.push(report),
  );
}

export class BankPair {
  readonly clock: VirtualClock = new VirtualClock();
  readonly real: RealBank = new RealBank();
  readonly near: LinkEnd;
  readonly far: LinkEnd;
  readonly clientHome: Endpoint;
  readonly serverHome: Endpoint;
  readonly client: Session;
  readonly server: Session;
  readonly clientClosed: (UpcallError | null)[] = [];
  readonly serverClosed: (UpcallError | null)[] = [];
  readonly leaks: LeakReport[] = [];
  readonly bank: ProxyOf<typeof Bank>;

  constructor(terms: PairTerms = {}) {
    [this.near, this.far] = link(terms.near, terms.far);
    this.clientHome = newEndpoint(this.clock, terms.clientLimits, this.leaks);
    this.serverHome = newEndpoint(this.clock, terms.serverLimits, this.leaks);
    this.client = new Session(this.clientHome, this.near, {
      role: "connected",
      dispatcher: ownObjects(this.clientHome),
      interfaces: [Bank],
      timeout: 30_000,
      onDraining: null,
      onClosed: (error) => this.clientClosed.push(error),
    });
    this.server = new Session(this.serverHome, this.far, {
      role: "accepted",
      dispatcher: new InlineDispatcher(this.serverHome, new SkeletonTable([implement(Bank, this.real)])),
      interfaces: [],
      timeout: 30_000,
      accessHooks: terms.authorize === undefined ? null : { authenticate: null, authorize: terms.authorize },
      onDraining: null,
      onClosed: (error) => this.serverClosed.push(error),
    });
    this.bank = proxyOf(Bank, this.client, false);
  }

  async settle(): Promise<void> {
    await this.clock.settle();
  }

  /** Waits for a promise while nothing but promises and turns goes on. */
  async get<T>(promise: PromiseLike<T>): Promise<T> {
    let done = false;
    const mark = (): void => {
      done = true;
    };
    promise.then(mark, mark);
    await this.settle();
    if (!done) throw new Error("the call has not settled");
    return await promise;
  }

  /** Every frame that one end wrote. */
  framesOf(end: LinkEnd): Frame[] {
    return framesIn(end.written);
  }

  /** What the two ends hold of each other's. */
  get held(): Record<string, number> {
    return {
      clientObjects: this.client.transfer.exports.size,
      serverObjects: this.server.transfer.exports.size,
      clientHolds: this.client.transfer.imports.size,
      serverHolds: this.server.transfer.imports.size,
    };
  }

  /** What must be 0 when all is over: a table that still holds something is a leak. */
  get left(): Record<string, number> {
    const { clientHome, serverHome, client, server } = this;
    return {
      ...this.held,
      pending: client.calls.size + server.calls.size,
      unanswered: client.calls.unanswered + server.calls.unanswered,
      running: client.upcalls.size + server.upcalls.size,
      promised: client.upcalls.promised + server.upcalls.promised,
      deadlines: clientHome.platform.deadlines.size + serverHome.platform.deadlines.size,
      kept: this.clock.kept,
      counted: [clientHome, serverHome].reduce(
        (sum, { counters: { runningNow, referencesNow, referencesHeldNow } }) =>
          sum + Math.abs(runningNow) + Math.abs(referencesNow) + Math.abs(referencesHeldNow),
        0,
      ),
    };
  }
}

export const nothingHeld = { clientObjects: 0, serverObjects: 0, clientHolds: 0, serverHolds: 0 };
export const nothingLeft = {
  ...nothingHeld,
  pending: 0,
  unanswered: 0,
  running: 0,
  promised: 0,
  deadlines: 0,
  kept: 0,
  counted: 0,
};

/** How a promise ended, as a test compares it. */
export async function saysOf(promise: PromiseLike<unknown>): Promise<string> {
  try {
    return `returned ${JSON.stringify(await promise)}`;
  } catch (error) {
    const { code, reason, outcome } = error as UpcallError;
    return `${code} ${reason} ${outcome}`;
  }
}
