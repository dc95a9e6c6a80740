// The session: the plain wire as a value. Raw text or bytes, one message and one reply, as any program with a socket
// speaks; a connection carries one call at a time, and nothing says whose it is or what went wrong.

import { ConnectionHolder } from "../../call/holder.ts";
import { notExecuted } from "../../errors.ts";
import { carriedWords } from "../../interface/carried.ts";
import type { Interface } from "../../interface/define.ts";
import { plainConnections, plainMessage } from "../../limits.ts";
import { oneOfWords } from "../../options.ts";
import { type PlainEnd, plainEnds } from "../../wire/plain/end.ts";
import type { SerialWire } from "../contract.ts";
import { SerialCalls } from "../serial.ts";
import { PlainClient } from "./client.ts";
import { PlainDatagrams } from "./datagrams.ts";
import { Gather } from "./gather.ts";
import { messageOfCall } from "./message.ts";
import { plainTarget } from "./plain-upcall.ts";
import { PlainSession } from "./session.ts";

export const plainWire: SerialWire = ending(undefined, false);

/**
 * @param said      where a message ends on a connection; undefined where nothing was said of it
 * @param datagrams whether there are no connections
 */
function ending(said: PlainEnd | undefined, datagrams: boolean): SerialWire {
  const end = said ?? "chunk";
  const callerEnd = datagrams ? "datagram" : (said ?? "close");
  const wire: SerialWire = {
    name: "plain",
    multiplexed: false,
    traits: {
      metadata: false,
      references: false,
      streams: false,
      identity: false,
      ping: false,
      reflection: false,
      interfaces: "one",
    },
    options: { end: { at: ["serve", "connect"], shape: oneOfWords(plainEnds) } },
    said: said === undefined ? {} : { end: said },
    with({ end: word }, without) {
      if (word !== undefined && without)
        throw notExecuted(
          "INVALID_ARGUMENT",
          "BAD_OPTION",
          "end says where a message ends on a connection, and over udp: it ends with its datagram: leave end out",
        );
      const known = plainEnds.find((one) => one === word);
      return ending(known, without);
    },
    limits: { message: plainMessage },
    check,
    server(endpoint, connection, { dispatcher, interfaces, onClosed }) {
      const holder = new ConnectionHolder(connection.peer);
      return new PlainSession(endpoint, connection, {
        to: plainTarget(dispatcher, interfaces, holder),
        end,
        onClosed(error) {
          holder.end();
          onClosed(error);
        },
      });
    },
    datagrams: (endpoint, { dispatcher, interfaces }) =>
      new PlainDatagrams(endpoint, plainTarget(dispatcher, interfaces, null)),
    connections: said === "newline" ? 1 : plainConnections,
    marshal: (endpoint, entry, args) => messageOfCall(endpoint, entry, args, callerEnd),
    client: (endpoint, connection, terms) => new PlainClient(endpoint, connection, callerEnd, terms),
    calls: (endpoint, terms) => new SerialCalls(endpoint, wire, terms),
    firstLook: ({ counters }) => ({
      received: () => true,
      // An empty message is one, where it ends with what is sent.
      silent: end === "half-close",
      late() {
        counters.greetingTimeouts++;
        return null;
      },
    }),
    refusal: () => null,
    joined: ({ platform }, connection, to) => (end === "chunk" ? new Gather(platform.turns, connection, to) : to),
  };
  return wire;
}

/**
 * There is room for one method of text or bytes.
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE), UNIMPLEMENTED (NOT_SUPPORTED)
 */
function check(interfaces: readonly Interface[]): void {
  const [subject, ...others] = interfaces;
  const entry = subject?.table[0];
  if (subject === undefined || entry === undefined || others.length > 0 || subject.table.length !== 1) {
    const names = interfaces.map(({ name, table }) => `${name} (${table.length} methods)`).join(", ");
    throw unfit(
      `the plain wire has no place for a method's name: it needs one interface with one method, and got ${names};`,
    );
  }
  const { fullName, method } = entry;
  if (method.plain === "value") throw unfit(`${fullName} takes values, and the plain wire carries only text or bytes;`);
  if (method.kind === "oneway")
    throw unfit(
      `${fullName} is oneway, and on the plain wire the reply is what shows that a message arrived; declare it by method(), or`,
    );
  if (method.args !== null && method.args.length !== 1)
    throw unfit(`${fullName} declares ${method.args.length} arguments, and the plain wire carries exactly one;`);
  if (method.carries !== null)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      `${fullName} declares ${carriedWords(method.carries)}, which the plain wire cannot carry; use wire: "native"`,
    );
}

function unfit(why: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", `${why} use wire: "native"`);
}
