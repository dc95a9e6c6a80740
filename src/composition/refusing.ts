// Composition: connections that a server does not take, each told why where its wire has words for that. One that is
// told must have time to read it, and those who take that time are few: else turning away would cost what letting in
// does.

import type { Connection } from "../connection.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import type { Wire } from "../session/contract.ts";
import { refuseConnection } from "../session/refuse-connection.ts";

/** Ends a connection that is one too many. */
export type Refuse = (connection: Connection, error: UpcallError) => void;

/** Connections that are given time to read why they are refused; further ones are told and reset. */
const mostLingering = 64;

export function refusalsOn(endpoint: Endpoint, wire: Wire): Refuse {
  let lingering = 0;
  return (connection, error) => {
    endpoint.counters.connectionsRefused++;
    const said = wire.refusal(endpoint, error);
    if (said !== null) {
      lingering++;
      return refuseConnection(endpoint, connection, said, lingering <= mostLingering, () => lingering--);
    }
    // An end and not a reset, which would meet some callers while they still connect.
    connection.end();
    connection.destroy();
  };
}

export const tooManyConnections = (count: number): UpcallError =>
  notExecuted(
    "RESOURCE_EXHAUSTED",
    "BUSY",
    `the server has ${count} connections, as many as it takes (limits.connections): close some, try again later, or raise that limit of the server`,
  );

export const tooManyOfAddress = (count: number, address: string): UpcallError =>
  notExecuted(
    "RESOURCE_EXHAUSTED",
    "BUSY",
    `the server has ${count} connections of ${address}, as many as it takes of one address (limits.connectionsPerAddress): close some, try again later, or raise that limit of the server`,
  );
