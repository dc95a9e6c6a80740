// The session: the options of one, from the code that makes it.

import type { AccessHooks } from "../../../call/access.ts";
import type { Dispatcher } from "../../../contract/callee.ts";
import type { CallOptions } from "../../../contract/caller.ts";
import type { UpcallError } from "../../../errors.ts";
import type { Interface } from "../../../interface/define.ts";

/** What stands in front of the arguments of a call, behind its metadata and its object's number. */
export type PrefixOf = (options: CallOptions | null) => Uint8Array;

export interface SessionOptions {
  /** `connected`: this end greets; `accepted`: it waits for the greeting. */
  readonly role: "connected" | "accepted";
  readonly dispatcher: Dispatcher;
  /** Announced in the greeting. */
  readonly interfaces: readonly Interface[];
  /** Milliseconds of a call when neither it nor its method says anything. */
  readonly timeout: number;
  /** Whether calls of one proxy are sent in the order in which they are made. Default true. */
  readonly ordered?: boolean;
  /** `connected`: what shows the other side who this one is. */
  readonly token?: string | null;
  /** `accepted`: who may come in, and who may call what. */
  readonly accessHooks?: AccessHooks | null;
  /** Of all calls that are made on this session: the dispatcher at the other end reads it. Default: none. */
  readonly prefix?: PrefixOf;
  /** Told once, when the greeting was answered. */
  readonly onOpened?: () => void;
  /** Told once, when the other side says that it takes no new calls; those that it took may still be answered. */
  readonly onDraining: (() => void) | null;
  /** Told once, when the connection is gone and every call settled. */
  readonly onClosed: (error: UpcallError | null) => void;
}
