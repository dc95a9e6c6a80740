// The command `bench`: the server, and the connections to it. It knows nothing of when calls are made.

import { type OpenConnection, open, UpcallError } from "upcall";
import { timeBefore, urlsIn } from "../arguments.ts";
import { Plain } from "../asked.ts";
import { describedMethod } from "../described-call.ts";
import { checkedUsage } from "../server-at.ts";
import type { Link } from "./lane.ts";
import type { Aim, BenchTerms } from "./terms.ts";

export interface Target {
  /** What is called: `Interface.method`, or null on the plain wire, which carries no names. */
  readonly method: string | null;
  readonly links: readonly Link[];
  /** Bytes that went over all connections so far. */
  bytes(): { readonly sent: number; readonly received: number };
  close(): Promise<void>;
}

/**
 * Connects.
 *
 * @throws UpcallError the errors of connecting; UNIMPLEMENTED (NO_INTERFACE, NO_METHOD) for a method that does not
 *   exist, (NOT_SUPPORTED) for one without a reply, or with a stream as its result
 */
export async function targetOf(terms: BenchTerms): Promise<Target> {
  const { url, aim, timeout } = terms;
  return aim.wire === "plain" ? await plainTarget(url, aim, timeout) : await nativeTarget(terms, aim);
}

/** Calls that still run at the end are given up. */
const limits = { drain: 1 };

async function nativeTarget(
  { url, token, timeout }: BenchTerms,
  { asked, args, connections }: Extract<Aim, { wire: "native" }>,
): Promise<Target> {
  const openOne = (): Promise<OpenConnection> =>
    open(urlsIn(url), { token, connectTimeout: timeBefore(timeout), reconnect: false, limits });
  const first = await checkedUsage("bench", openOne);
  const all = [first];
  try {
    const method = await describedMethod(first, asked, timeout);
    if (method.oneway) throw notTimed(`${asked} has no reply, so there is nothing to time: name a method with a reply`);
    if (method.streams)
      throw notTimed(`${asked} returns a stream, which need not end: name a method that returns all at once`);
    const others = await Promise.allSettled(Array.from({ length: connections - 1 }, openOne));
    for (const each of others) if (each.status === "fulfilled") all.push(each.value);
    for (const each of others) if (each.status === "rejected") throw each.reason;
    const links = all.map((connection): Link => {
      const call = method.on(connection);
      return { call: () => call(...args), over: (error) => isOver(connection, error) };
    });
    return targetOver(asked, all, links);
  } catch (error) {
    await closeAll(all);
    throw error;
  }
}

function notTimed(message: string): UpcallError {
  return new UpcallError("UNIMPLEMENTED", message, { reason: "NOT_SUPPORTED", outcome: "not-executed" });
}

/** A server that is closing refuses further calls before it ends the connection. */
function isOver(connection: OpenConnection, error: unknown): boolean {
  if (error instanceof UpcallError && error.reason === "CLOSED") return true;
  return connection.counters().connectionsNow === 0;
}

/** Each call has a connection of its own, made by the library; with newlines they take turns on one. */
async function plainTarget(
  url: string,
  { end, message }: Extract<Aim, { wire: "plain" }>,
  timeout: number | undefined,
): Promise<Target> {
  const connection = await checkedUsage("bench", () =>
    open(urlsIn(url), { wire: "plain", end, timeout, connectTimeout: timeout, limits }),
  );
  const proxy = connection.proxy(Plain);
  return targetOver(null, [connection], [{ call: () => proxy.send(message), over: () => false }]);
}

function targetOver(method: string | null, all: readonly OpenConnection[], links: readonly Link[]): Target {
  return {
    method,
    links,
    bytes() {
      const counters = all.map((connection) => connection.counters());
      return {
        sent: counters.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
        received: counters.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0),
      };
    },
    close: () => closeAll(all),
  };
}

async function closeAll(all: readonly OpenConnection[]): Promise<void> {
  await Promise.all(all.map((connection) => connection.close()));
}
