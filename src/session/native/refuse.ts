// The session: a connection that gets none, told why in the words of the wire.

import type { Connection } from "../../connection.ts";
import type { UpcallError } from "../../errors.ts";
import { kind, version } from "../../wire/native/frame.ts";
import type { Household } from "../platform.ts";
import { failureOf } from "../telling.ts";
import { Outbox } from "./outbox.ts";

/** Milliseconds that the other side has to read it. */
const farewell = 1_000;

/** Says `error` to whoever connected, and ends the connection. Nothing that came is read. */
export function refuseConnection(home: Household, connection: Connection, error: UpcallError): void {
  const outbox = new Outbox(
    home,
    connection,
    () => {},
    () => {},
  );
  const timer = home.platform.clock.after(farewell, () => connection.destroy());
  timer.keepAlive(true);
  connection.start({
    received: () => {},
    drained: () => {},
    ended: () => connection.end(),
    closed: () => timer.cancel(),
  });
  sayRefusal(home, outbox, error);
  outbox.end();
}

/** The last thing that is said on a connection, and perhaps the first. */
export function sayRefusal(home: Household, outbox: Outbox, error: UpcallError): void {
  outbox.preface();
  outbox.value(home.encoder, kind.refusal, 0, { ...failureOf(error), versions: [version] });
}
