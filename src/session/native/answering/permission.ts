// The session, the callee's half: whether a call may be made at all. The server's own hook is asked before anything of
// the call is looked up or decoded, so that who may not call learns nothing of what is there. A call whose answer takes
// time waits here, and so do those that name it.

import { type Authorize, isPromised } from "../../../call/access.ts";
import type { Alarm } from "../../../endpoint/deadlines.ts";
import { IdMap } from "../../../endpoint/id-map.ts";
import { type Account, memoryCrowded } from "../../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { busy, neverBegun, notAllowed } from "../../../failure/call-refusals.ts";
import type { Peer } from "../../../peer.ts";
import { flag } from "../../../wire/native/frame.ts";
import { bodyStart } from "../input/read-front.ts";
import { type CallHeader, type HeldCall, heldOf } from "./held.ts";
import { Wanted } from "./wanted.ts";

/** What it asks of the half of the session it belongs to. */
export interface PermissionOwner {
  readonly peer: Peer;
  readonly identity: unknown;
  /** What the connection holds. */
  readonly account: Account;
  /** The call may begin, where there is room. */
  resume(call: HeldCall): void;
  /** Tells the caller of a call that did not run. */
  refuse(header: CallHeader, error: UpcallError): void;
}

/** A call that waits for an answer, or for one that does. */
interface Asked {
  readonly call: HeldCall;
  readonly behind: Asked[];
  alarm: Alarm | null;
}

export class Permission {
  readonly #endpoint: Endpoint;
  readonly #authorize: Authorize | null;
  readonly #owner: PermissionOwner;
  readonly #waiting: Set<Asked> = new Set();
  /** Those of them that have an id of their own. */
  readonly #byId: IdMap<Asked>;
  #bytes = 0;

  /** @param authorize null: every caller that was let in may make all calls, but is not told which others exist */
  constructor(endpoint: Endpoint, authorize: Authorize | null, owner: PermissionOwner) {
    this.#endpoint = endpoint;
    this.#byId = new IdMap(endpoint.platform.ids);
    this.#authorize = authorize;
    this.#owner = owner;
  }

  has(id: number): boolean {
    return this.#byId.has(id);
  }

  /** Whether the call may begin now. False: it waits, or its caller was told. */
  admits(header: CallHeader, names: readonly [string, string], bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#authorize === null || header.allowed === true) return true;
    const before = this.#named(header, bytes, start, end);
    if (before !== null) {
      const asked = this.#hold(header, bytes, start, end);
      if (asked !== null) before.behind.push(asked);
      return false;
    }
    const wanted = new Wanted(this.#endpoint, this.#owner, names, header, bytes, start, end);
    let promised: PromiseLike<unknown> | null = null;
    let thrown: unknown = null;
    try {
      const said = this.#authorize(wanted);
      if (said !== true && isPromised(said)) promised = Promise.resolve(said);
      else if (said === true) {
        wanted.answered();
        return true;
      }
    } catch (error) {
      // A hook that throws has not allowed it.
      thrown = error;
    }
    if (promised !== null) this.#wait(promised, wanted, header, bytes, start, end);
    else {
      wanted.answered();
      if (wanted.isMalformed(thrown)) this.#owner.refuse(header, thrown);
      else this.refuse(header);
    }
    return false;
  }

  /** The one answer to what is not allowed and to what is not there. */
  refuse(header: CallHeader): void {
    this.#endpoint.counters.notAllowed++;
    this.#owner.refuse(header, notAllowed());
  }

  /** Takes out a call that its caller does not want any more; true when it was here. */
  cancel(id: number): boolean {
    const asked = this.#byId.get(id);
    if (asked === undefined) return false;
    this.#takeOut(asked);
    for (const one of asked.behind) this.#refuseWith(one, neverBegun);
    return true;
  }

  /** The server closes: those that wait did not run. */
  refuseAll(error: () => UpcallError): void {
    for (const asked of this.#waiting) this.#refuseWith(asked, error);
  }

  clear(): void {
    for (const asked of this.#waiting) this.#takeOut(asked);
  }

  /** The call that waits here and whose result is what this one calls; null for all others. */
  #named(header: CallHeader, bytes: Uint8Array, start: number, end: number): Asked | null {
    if ((header.flags & flag.promised) === 0 || this.#byId.size === 0) return null;
    const first = bodyStart(header, bytes, start, end);
    return this.#byId.get(new DataView(bytes.buffer, bytes.byteOffset + first).getUint32(0)) ?? null;
  }

  #wait(
    promised: PromiseLike<unknown>,
    wanted: Wanted,
    header: CallHeader,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const asked = this.#hold(header, bytes, start, end);
    if (asked === null) {
      wanted.answered();
      // Its caller was told already, and does not wait for the answer.
      promised.then(undefined, () => {});
      return;
    }
    wanted.moveTo(asked.call.body);
    const { platform, limits } = this.#endpoint;
    const decide = (allowed: boolean, thrown: unknown = null): void => {
      wanted.answered();
      if (wanted.isMalformed(thrown)) this.#refuseWith(asked, () => thrown);
      else this.#decide(asked, allowed);
    };
    asked.alarm = platform.idleTimers.after(limits.authorizationTime, () => decide(false));
    promised.then(
      (said) => decide(said === true),
      (error: unknown) => decide(false, error),
    );
  }

  #hold(header: CallHeader, bytes: Uint8Array, start: number, end: number): Asked | null {
    const { limits, counters, platform } = this.#endpoint;
    if (this.#waiting.size >= limits.running || this.#bytes + end - start > limits.partialBytes) {
      counters.refusedRunning++;
      this.#owner.refuse(header, busy());
      return null;
    }
    if (!this.#owner.account.admits(end - start)) {
      this.#owner.refuse(header, memoryCrowded());
      return null;
    }
    const held = heldOf(header, bytes.slice(start, end), platform.clock.now());
    const asked: Asked = { call: held, behind: [], alarm: null };
    this.#waiting.add(asked);
    if ((held.flags & flag.oneway) === 0) this.#byId.set(held.call, asked);
    this.#change(held.body.length);
    return asked;
  }

  /** The answer is here, or too late. */
  #decide(asked: Asked, allowed: boolean): void {
    if (!this.#waiting.has(asked)) return;
    if (!allowed) {
      this.#endpoint.counters.notAllowed++;
      return this.#refuseWith(asked, notAllowed);
    }
    this.#takeOut(asked);
    this.#owner.resume({ ...asked.call, allowed });
    for (const one of asked.behind) {
      if (!this.#waiting.has(one)) continue;
      this.#takeOut(one);
      for (const next of one.behind) asked.behind.push(next);
      this.#owner.resume(one.call);
    }
  }

  #refuseWith(asked: Asked, error: () => UpcallError): void {
    if (!this.#waiting.has(asked)) return;
    this.#takeOut(asked);
    this.#owner.refuse(asked.call, error());
    for (const one of asked.behind) this.#refuseWith(one, error);
  }

  #takeOut(asked: Asked): void {
    this.#waiting.delete(asked);
    if (this.#byId.get(asked.call.call) === asked) this.#byId.delete(asked.call.call);
    this.#change(-asked.call.body.length);
    asked.alarm?.cancel();
  }

  #change(bytes: number): void {
    this.#bytes += bytes;
    this.#owner.account.hold(bytes);
  }
}
