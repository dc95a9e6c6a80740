// The session, the callee's half: what a call is for: a method of an interface's own object, of an object that the caller
// holds, or of what another call will return; and whether this caller may call it at all.

import type { AccessHooks } from "../../../call/access.ts";
import { referenceOf } from "../../../call/pending/reference-caller.ts";
import type { RunningCall } from "../../../call/running/running.ts";
import type { Dispatcher, Holder, Target } from "../../../contract/callee.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { UpcallError } from "../../../errors.ts";
import { draining, notAnnounced } from "../../../failure/call-refusals.ts";
import { failureIn } from "../../../failure/read-error.ts";
import type { ReferenceSpec } from "../../../interface/spec.ts";
import { flag } from "../../../wire/native/frame.ts";
import type { ReferenceTransfer } from "../carrying/reference-transfer.ts";
import { AnnouncedThere, type Names } from "../handshake/announced.ts";
import { aimLength, bodyStart } from "../input/read-front.ts";
import type { CallHeader } from "./held.ts";
import { type Found, ObjectCalls, promisedBy } from "./object-calls.ts";
import { Permission, type PermissionOwner } from "./permission.ts";

/** Something stands in front of a call's arguments. */
export const fronted: number = flag.annotated | flag.target;

export class Targets {
  readonly #endpoint: Endpoint;
  readonly #announced: AnnouncedThere;
  readonly #transfer: () => ReferenceTransfer;
  readonly #owner: PermissionOwner;
  /** Null where the server has no access hooks. */
  readonly #permission: Permission | null;
  /** Made when it is first needed. */
  #objects: ObjectCalls | null = null;

  constructor(
    endpoint: Endpoint,
    dispatcher: Dispatcher,
    accessHooks: AccessHooks | null,
    holder: Holder,
    transfer: () => ReferenceTransfer,
    owner: PermissionOwner,
  ) {
    this.#endpoint = endpoint;
    this.#transfer = transfer;
    this.#owner = owner;
    this.#permission = accessHooks === null ? null : new Permission(endpoint, accessHooks.authorize, owner);
    this.#announced = new AnnouncedThere(endpoint.limits.announced, dispatcher, holder);
  }

  announce(names: Names): void {
    this.#announced.add(names);
  }

  /** The method that goes by a number, for an observer. */
  named(number: number): Target | UpcallError | undefined {
    return this.#announced.find(number);
  }

  /** Whether a call of this id waits to be let in, or has a result that may still be called. */
  has(id: number): boolean {
    if (this.#objects === null && this.#permission === null) return false;
    return (this.#objects?.results.has(id) ?? false) || (this.#permission?.has(id) ?? false);
  }

  /** Null: the call waits, or its caller was told. */
  find(header: CallHeader, bytes: Uint8Array, start: number, end: number): Target | null {
    if ((header.flags & flag.target) !== 0 || this.#permission !== null)
      return this.#permitted(header, bytes, start, end);
    return this.#announced.known(header.method) ?? this.#told(header, this.#announced.find(header.method));
  }

  /** Where the arguments begin, behind what the flags say. */
  start(header: CallHeader, bytes: Uint8Array, start: number, end: number): number {
    return bodyStart(header, bytes, start, end) + ((header.flags & flag.target) === 0 ? 0 : aimLength);
  }

  /** A call begins whose result can be called before it is here. */
  promise(id: number, target: Target): void {
    const promised = promisedBy(target);
    if (promised !== null) this.#calls.results.open(id, promised);
  }

  /** A call that did not begin is about to be told why: calls of its result will hear the same. */
  refused({ call, method, flags }: CallHeader): void {
    if ((flags & flag.target) !== 0) return;
    // Where a server has access hooks, nothing is looked up for those who may not know what there is.
    const target = this.#permission === null ? this.#announced.find(method) : this.#announced.known(method);
    if (target instanceof UpcallError || !target) return;
    if (target.entry.method.carries !== null) this.promise(call, target);
  }

  /** It has its result, which may be an object of another connection. */
  returned(id: number, spec: ReferenceSpec, value: unknown): void {
    const reference = referenceOf(this.#endpoint.platform.references, value);
    this.#objects?.results.settle(id, this.#transfer().row(spec, value), null, reference);
  }

  /** It has none, but an error. */
  failed(id: number, error: UpcallError): void {
    this.#objects?.results.settle(id, null, error, null);
  }

  /** Where calls wait for its result, they hear of what a worker says it failed with. */
  broken({ id, target }: RunningCall, bytes: Uint8Array, start: number, end: number): void {
    if (promisedBy(target) === null) return;
    this.failed(id, failureIn(this.#endpoint.ownDecoder, bytes, start, end, target.entry.method.errors));
  }

  /** The caller does not need the promised result of this call any more. */
  release(id: number): void {
    this.#objects?.results.release(id);
  }

  /** Results that the other side may still call. */
  get promised(): number {
    return this.#objects === null ? 0 : this.#objects.results.size;
  }

  /** Takes out a call that its caller does not want any more; true when it waited here. */
  cancel(id: number): boolean {
    return (this.#objects?.results.cancel(id) ?? false) || (this.#permission?.cancel(id) ?? false);
  }

  /** The server takes no new calls: those that wait to be let in did not run. */
  drain(): void {
    this.#permission?.refuseAll(draining);
  }

  clear(): void {
    this.#objects?.results.clear();
    this.#permission?.clear();
  }

  get #calls(): ObjectCalls {
    const { account } = this.#owner;
    this.#objects ??= new ObjectCalls(this.#endpoint, account, this.#announced, this.#transfer, (call) =>
      this.#owner.resume(call),
    );
    return this.#objects;
  }

  #permitted(header: CallHeader, bytes: Uint8Array, start: number, end: number): Target | null {
    const permission = this.#permission;
    if (permission !== null) {
      const names = this.#announced.namesOf(header.method);
      if (names !== undefined && !permission.admits(header, names, bytes, start, end)) return null;
    }
    const found =
      (header.flags & flag.target) === 0
        ? this.#announced.find(header.method)
        : this.#calls.find(header, bytes, start, bodyStart(header, bytes, start, end), end);
    return this.#told(header, found);
  }

  /** Where nothing was found the caller is told. @param found undefined where the number was never announced */
  #told(header: CallHeader, found: Found | undefined): Target | null {
    if (found === "waits") return null;
    if (found !== undefined && !(found instanceof UpcallError)) return found;
    if (found === undefined || found.code === "UNIMPLEMENTED") this.#endpoint.counters.unimplemented++;
    // A caller who may not know what there is hears the same as of what is not allowed.
    if (this.#permission !== null && found?.code === "UNIMPLEMENTED") this.#permission.refuse(header);
    else this.#owner.refuse(header, found ?? notAnnounced(header.method));
    return null;
  }
}
