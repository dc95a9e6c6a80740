// The session: the one that a server begins on a connection that arrived, by the wire it serves.

import type { Doors } from "../call/access.ts";
import { ConnectionHolder } from "../call/holder.ts";
import type { Connection } from "../connection.ts";
import type { Workplace } from "../contract/callee.ts";
import type { Household } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import type { PlainEnd } from "../wire/plain/end.ts";
import { Session } from "./native/session.ts";
import { PlainSession } from "./plain/session.ts";
import { plainTarget } from "./plain/target.ts";

export interface AcceptTerms {
  readonly wire: "native" | "plain";
  readonly end: PlainEnd | undefined;
  readonly workplace: Workplace;
  /** The plain wire is for the first one, and whoever serves has seen to it that there is no other. */
  readonly interfaces: readonly Interface[];
  /** Native wire only. */
  readonly doors: Doors | null;
}

/** Begins a session; `onClosed` is told once, when the connection is gone. */
export function acceptSession(
  home: Household,
  connection: Connection,
  { wire, end = "chunk", workplace, interfaces, doors }: AcceptTerms,
  onClosed: (error: UpcallError | null) => void,
): { close(): Promise<void> } {
  if (wire === "plain") {
    const holder = new ConnectionHolder(connection.peer);
    const to = plainTarget(workplace, interfaces, holder);
    const closed = (error: UpcallError | null): void => {
      holder.end();
      onClosed(error);
    };
    return new PlainSession(home, connection, { to, end, onClosed: closed });
  }
  const { timeout } = home.limits;
  const role = "accepted";
  return new Session(home, connection, { role, workplace, interfaces: [], timeout, doors, onDraining: null, onClosed });
}
