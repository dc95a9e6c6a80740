// The session on the plain wire: the one method that all messages are for, found once.

import type { Holder, Target, Workplace } from "../../contract/callee.ts";
import { UpcallError } from "../../errors.ts";
import type { Interface } from "../../interface/define.ts";
import type { Content } from "../../wire/plain/marshalled.ts";

export interface PlainTarget {
  readonly workplace: Workplace;
  readonly target: Target;
  readonly content: Content;
}

/**
 * The method of the one interface that has one, of text or bytes; whoever serves has seen to that.
 *
 * @param holder the connection that the messages come from; null for datagrams
 * Errors: UNIMPLEMENTED (NO_INTERFACE, NO_METHOD) when it is not in this workplace; UNIMPLEMENTED (NOT_SUPPORTED) when it
 * wants a connection and there is none.
 */
export function plainTarget(workplace: Workplace, [subject]: readonly Interface[], holder: Holder | null): PlainTarget {
  const target = workplace.find(subject?.name ?? "", subject?.table[0]?.name ?? "", holder);
  if (target instanceof UpcallError) throw target;
  return { workplace, target, content: target.entry.method.plain === "bytes" ? "bytes" : "text" };
}
