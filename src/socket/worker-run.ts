// Sockets, inside a worker: loads the user's module and enters its `run`. It does not know what kind of worker it is
// in.
import { notExecuted, textOf, UpcallError } from "../errors.ts";
import type { Address } from "./address.ts";
import type { Data } from "./bytes.ts";
import type { Connection } from "./tcp-connection.ts";

/**
 * What the module of `perConnection` exports as `run`: called once, in a fresh worker, with the connection and the
 * other end's address. When its promise settles the connection is closed and the worker ends.
 */
export type RunConnection = (connection: Connection, address: Address) => void | Promise<void>;

/**
 * Sends one datagram back to the sender; may be called more than once. Settles when the kernel has it.
 *
 * @throws UpcallError RESOURCE_EXHAUSTED (TOO_LARGE); INVALID_ARGUMENT (NOT_MARSHALLABLE, BAD_ARGUMENT), as of a
 *   socket's `sendto`
 */
export type Reply = (data: Data) => Promise<void>;

/** What the module of `perDatagram` exports as `run`: called once, in a fresh worker, with one datagram. */
export type RunDatagram = (message: Uint8Array, address: Address, reply: Reply) => void | Promise<void>;

/**
 * @throws UpcallError NOT_FOUND (MODULE_NOT_LOADED) when the module cannot be imported or has no function `run`;
 *   UNKNOWN (THROWN) with the message of what `run` threw (an UpcallError is passed on as it is)
 */
export async function enter(module: string, args: readonly unknown[]): Promise<void> {
  let loaded: unknown;
  try {
    loaded = await import(module);
  } catch (error) {
    const text = `the module ${module} could not be loaded: ${textOf(error)}; check its URL and that it is built`;
    throw notExecuted("NOT_FOUND", "MODULE_NOT_LOADED", text, error);
  }
  const run: unknown = typeof loaded === "object" && loaded !== null ? Reflect.get(loaded, "run") : undefined;
  if (typeof run !== "function") {
    throw notExecuted(
      "NOT_FOUND",
      "MODULE_NOT_LOADED",
      `the module ${module} exports no function named run; export one`,
    );
  }
  try {
    await Reflect.apply(run, undefined, args);
  } catch (error) {
    if (error instanceof UpcallError) throw error;
    throw new UpcallError("UNKNOWN", `run of ${module} threw: ${textOf(error)}`, { cause: error });
  }
}

/** Enters `run` with a connection, and closes it whatever happens. */
export async function enterWithConnection(module: string, connection: Connection): Promise<void> {
  try {
    await enter(module, [connection, connection.getpeername()]);
  } finally {
    await connection.close();
  }
}
