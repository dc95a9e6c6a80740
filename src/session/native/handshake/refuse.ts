// The session: a connection that gets none, told why in the words of the wire.

import type { Connection } from "../../../connection.ts";
import type { Household } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { failureOf } from "../../../failure/encode-error.ts";
import { kind, version } from "../../../wire/native/frame.ts";
import { Outbox } from "../output/outbox.ts";

/** Milliseconds that the other side has to read it. */
const farewell = 1_000;

/**
 * Says `error` to whoever connected, and ends the connection. Nothing that came is read.
 *
 * @param patient whether there is time to read it; else the connection is cut at once, and the end may overtake it
 * @param over    told when the connection is gone
 */
export function refuseConnection(
  home: Household,
  connection: Connection,
  error: UpcallError,
  patient: boolean,
  over: () => void,
): void {
  const outbox = new Outbox(
    home,
    connection,
    () => {},
    () => {},
  );
  const timer = home.platform.clock.after(farewell, () => connection.destroy());
  timer.keepAlive(patient);
  connection.start({
    received: () => {},
    drained: () => {},
    ended: () => connection.end(),
    closed: () => {
      timer.cancel();
      over();
    },
  });
  sayRefusal(home, outbox, error);
  outbox.end();
  if (!patient) connection.destroy();
}

/** The last thing that is said on a connection, and perhaps the first. */
export function sayRefusal(home: Household, outbox: Outbox, error: UpcallError): void {
  outbox.preface();
  outbox.value(home.ownEncoder, kind.refusal, 0, { ...failureOf(error), versions: [version] });
}
