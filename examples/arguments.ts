// For the examples: their arguments on the command line. A missing or wrong argument ends the program with code 2,
// after its usage.
import { parseArgs } from "node:util";
import type { ConnectOptions, Peer, ServeObjectOptions } from "upcall";

/** For examples without arguments. */
export function nothingFrom(name: string): void {
  if (process.argv.length === 2) return;
  console.error(`usage: npm run -s example -- ${name}`);
  process.exit(2);
}

/** The port, for examples that take nothing else. `absent` is the port when none is given; without it one must be. */
export function portFrom(usage: string, absent?: number): number {
  const [given, ...more] = process.argv.slice(2);
  const port = portOf(given, absent);
  if (port !== undefined && more.length === 0) return port;
  return explain(usage, absent);
}

/** For a skeleton: where to serve and how, and whether the upcalls run in threads. */
export function skeletonFrom(name: string): { url: string; options: ServeObjectOptions; threads: boolean } {
  const usage = `${name} [port] [--wire plain|native] [--udp] [--threads]`;
  const { positionals, values } = read(usage, 0);
  const [given, ...more] = positionals;
  const port = portOf(given, 0);
  if (port === undefined || more.length > 0) return explain(usage, 0);
  const { medium, wire } = mediumFrom(usage, values, 0);
  const onConnection = ({ address, port: from }: Peer): void => console.log(`Connected to: ${address} ${from}`);
  return { url: `${medium}://localhost:${port}`, options: { wire, onConnection }, threads: values.threads === true };
}

/** For a proxy: where to connect and how, and the message. */
export function proxyFrom(name: string): { url: string; options: ConnectOptions; message: string } {
  const usage = `${name} <port> <message> [--wire plain|native] [--udp]`;
  const { positionals, values } = read(usage);
  const [given, message, ...more] = positionals;
  const port = portOf(given);
  if (port === undefined || message === undefined || more.length > 0 || values.threads) return explain(usage);
  const { medium, wire } = mediumFrom(usage, values);
  // One receive is the reply: a server with processes does not end the connection.
  const options = wire === "plain" && medium === "tcp" ? ({ wire, end: "chunk" } as const) : { wire };
  return { url: `${medium}://localhost:${port}`, options, message };
}

interface Flags {
  readonly wire?: string;
  readonly udp?: boolean;
  readonly threads?: boolean;
}

function read(usage: string, absent?: number): { positionals: string[]; values: Flags } {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { wire: { type: "string" }, udp: { type: "boolean" }, threads: { type: "boolean" } },
    });
  } catch (error) {
    console.error(String(error));
    return explain(usage, absent);
  }
}

function mediumFrom(
  usage: string,
  { wire = "plain", udp = false }: Flags,
  absent?: number,
): { medium: "tcp" | "udp"; wire: "plain" | "native" } {
  if (wire === "plain") return { medium: udp ? "udp" : "tcp", wire };
  if (wire === "native" && !udp) return { medium: "tcp", wire };
  console.error(udp ? "UDP is for the plain wire only." : `There is no wire ${wire}.`);
  return explain(usage, absent);
}

function portOf(given: string | undefined, absent?: number): number | undefined {
  const port = given === undefined ? absent : /^\d{1,5}$/.test(given) ? Number(given) : undefined;
  return port !== undefined && port >= least(absent) && port <= 65_535 ? port : undefined;
}

const least = (absent: number | undefined): 0 | 1 => (absent === undefined ? 1 : 0);

function explain(usage: string, absent?: number): never {
  console.error(`usage: npm run -s example -- ${usage}\nA port is a whole number from ${least(absent)} to 65535.`);
  process.exit(2);
}
