// For the socket suites: what they share. Connected pairs on loopback, the families of this machine, and the shape of
// an expected error.
import { networkInterfaces } from "node:os";
import { setImmediate } from "node:timers/promises";
import { type Connection, type Family, type Listener, socket, UpcallError } from "upcall/socket";

const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);

export const loopbacks: readonly { family: Family; host: string; skip: string | false }[] = [
  { family: "ipv4", host: "127.0.0.1", skip: false },
  {
    family: "ipv6",
    host: "::1",
    skip: addresses.some(({ address }) => address === "::1") ? false : "this machine has no IPv6 loopback",
  },
];

export async function listening(host = "127.0.0.1", backlog?: number): Promise<Listener> {
  const server = socket("tcp");
  await server.bind({ host, port: 0 });
  return server.listen(backlog);
}

export interface Pair extends AsyncDisposable {
  readonly listener: Listener;
  readonly client: Connection;
  readonly server: Connection;
}

export async function connectedPair(host = "127.0.0.1"): Promise<Pair> {
  const listener = await listening(host);
  const client = await socket("tcp").connect(listener.getsockname());
  const { connection } = await listener.accept();
  const close = async (): Promise<void> => {
    await Promise.all([client.close(), connection.close(), listener.close()]);
  };
  return { listener, client, server: connection, [Symbol.asyncDispose]: close };
}

/** For `assert.rejects`: an UpcallError with this code, reason and, if given, outcome and words in its text. */
export function failsWith(code: string, reason: string, words?: RegExp, outcome?: string) {
  return (error: unknown): boolean => {
    if (!(error instanceof UpcallError)) return false;
    const fits = error.code === code && error.reason === reason && (words?.test(error.message) ?? true);
    return fits && (outcome === undefined || error.outcome === outcome);
  };
}

/** Whatever is read until the end of the stream. */
export async function readAll(connection: Connection): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of connection) chunks.push(bytes);
  return Buffer.concat(chunks);
}

/** Bytes that show it when one of them is lost, doubled or moved. */
export function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) bytes[i] = (i * 31 + (i >> 8) * 7 + (i >> 16)) & 255;
  return bytes;
}

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Lets the process do whatever it can meanwhile: messages to and fro on another connection, one after the other. */
export async function roundTrips({ client, server }: Pair, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await client.send("x");
    await server.recv();
    await server.send("y");
    await client.recv();
  }
}

/** The event loop looks at every socket at least once, and lets go of every closed one. */
export async function twoTurns(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
