// Servers behind each other, on virtual time: an upcall of the first makes calls of the second.

import { type CallContext, context, defineInterface, implement, method, type ProxyOf, UpcallError } from "upcall";
import type { Endpoint } from "#internal/endpoint/platform.js";
import { proxyOf } from "#internal/proxy/proxy.js";
import { Session } from "#internal/session/native/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { ownObjects } from "#internal/workers/own-objects.js";
import { type LinkEnd, link } from "../harness/link.ts";
import { newEndpoint } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

export const Front = defineInterface("Front", { ask: method<(what: string) => unknown>() });
export const Back = defineInterface("Back", { wait: method<(what: string) => unknown>() });

/** A call as the object behind an interface sees it. */
export interface Entered {
  readonly what: string;
  readonly call: CallContext;
  resolve(value: unknown): void;
}

export type Ask = (what: string, call: CallContext, back: ProxyOf<typeof Back>) => unknown;

export class Nested {
  readonly clock: VirtualClock = new VirtualClock();
  readonly homes: Record<"client" | "front" | "back", Endpoint>;
  /** Calls that have come to the server behind, each settled by the test. */
  readonly entered: Entered[] = [];
  readonly front: ProxyOf<typeof Front>;
  readonly back: ProxyOf<typeof Back>;
  readonly near: LinkEnd;
  readonly far: LinkEnd;

  /** @param ask what the first server's method does */
  constructor(ask: Ask) {
    const { clock } = this;
    this.homes = { client: newEndpoint(clock), front: newEndpoint(clock), back: newEndpoint(clock) };
    const [frontNear, frontFar] = link();
    const [backNear, backFar] = link();
    this.near = frontNear;
    this.far = frontFar;
    const wait = (what: string): unknown => {
      const call = context();
      return new Promise((resolve) => this.entered.push({ what, call, resolve }));
    };
    const onClosed = (): void => {};
    const accepted = (endpoint: Endpoint, end: LinkEnd, table: SkeletonTable): void =>
      void new Session(endpoint, end, {
        role: "accepted",
        dispatcher: new InlineDispatcher(endpoint, table),
        interfaces: [],
        timeout: 30_000,
        onClosed,
        onDraining: null,
      });
    const connected = (endpoint: Endpoint, end: LinkEnd): Session =>
      new Session(endpoint, end, {
        role: "connected",
        dispatcher: ownObjects(endpoint),
        interfaces: [],
        timeout: 30_000,
        onClosed,
        onDraining: null,
      });
    accepted(this.homes.back, backFar, new SkeletonTable([implement(Back, { wait })]));
    this.back = proxyOf(Back, connected(this.homes.front, backNear), true);
    const object = { ask: (what: string) => ask(what, context(), this.back) };
    accepted(this.homes.front, frontFar, new SkeletonTable([implement(Front, object)]));
    this.front = proxyOf(Front, connected(this.homes.client, frontNear), true);
  }

  /** The call that is with the server behind. */
  get last(): Entered {
    const last = this.entered.at(-1);
    if (last === undefined) throw new Error("no call has come so far");
    return last;
  }
}

/** How a promise ended, for comparing; "open" while it has not. */
export function outcomeOf(promise: Promise<unknown>): { said: string } {
  const outcome = { said: "open" };
  promise.then(
    (value) => {
      outcome.said = JSON.stringify(value);
    },
    (error: unknown) => {
      outcome.said =
        error instanceof UpcallError ? `${error.code} ${error.reason} ${error.outcome}` : `not ours: ${String(error)}`;
    },
  );
  return outcome;
}
