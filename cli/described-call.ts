// The command: a call of a method without an interface file. The command asks the server what it has, and makes an
// interface of one method of the answer.

import {
  type AnyDeclaredError,
  DeclaredError,
  defineInterface,
  type InterfaceDescription,
  type Method,
  type MethodDescription,
  method,
  type OpenConnection,
  oneway,
  type Reason,
  type Schema,
  type StreamSpec,
  stream,
  UpcallError,
  within,
} from "upcall";
import { didYouMean } from "#internal/nearest.js";
import { timeBefore } from "./arguments.ts";
import { interfacesAt } from "./server-at.ts";

/** A method of a server, to be called over any connection to it. */
export interface DescribedMethod {
  /** Whether it has no reply. */
  readonly oneway: boolean;
  /** Whether it returns a stream. */
  readonly streams: boolean;
  on(connection: OpenConnection): Call;
}

/**
 * Asks a server for a method.
 *
 * @param asked   `Interface.method`; the interface's own name may have dots
 * @param timeout milliseconds of each call, or undefined for the method's own timeout
 * @throws UpcallError UNIMPLEMENTED (NO_INTERFACE, NO_METHOD) with the nearest name; the errors of asking
 */
export async function describedMethod(
  connection: OpenConnection,
  asked: string,
  timeout: number | undefined,
): Promise<DescribedMethod> {
  const dot = asked.lastIndexOf(".");
  const [interfaceName, name] = [asked.slice(0, dot), asked.slice(dot + 1)];
  const told = await askedFor(connection, asked, timeBefore(timeout));
  // A server that does not tell may still have the method. If not, the call fails.
  const described = told === null ? null : find(told, interfaceName, name);
  if ([...(described?.args ?? []), described?.returns ?? null].some(isReferenceWord)) throw notByCommand(asked);
  const options = { timeout: timeout ?? described?.timeout ?? undefined };
  const idempotent = described?.idempotent ?? false;
  const isOneway = described?.kind === "oneway";
  const subject = isOneway
    ? defineInterface(interfaceName, { [name]: oneway<Call>({ idempotent }) })
    : defineInterface(interfaceName, { [name]: declared(described, idempotent) });
  return {
    oneway: isOneway,
    streams: isStreamWord(described?.returns ?? null),
    on: (over) => {
      const proxy: Readonly<Record<string, Call>> = within(over.proxy(subject), options);
      const call = proxy[name];
      if (call === undefined) throw new TypeError(`${asked} is not in the interface that was made of it`);
      return call.bind(proxy);
    },
  };
}

/** The question failed, so the method has not been called. */
async function askedFor(
  connection: OpenConnection,
  asked: string,
  timeout: number | undefined,
): Promise<InterfaceDescription[] | null> {
  try {
    return await interfacesAt(connection, timeout);
  } catch (error) {
    if (!(error instanceof UpcallError) || error.outcome === "not-executed") throw error;
    const { code, reason, message } = error;
    throw new UpcallError(code, `${asked} was not called, since the server did not say what it has: ${message}`, {
      reason,
      outcome: "not-executed",
      cause: error,
    });
  }
}

/** The interface needs the streams and errors that the server describes; all else is plain data. */
function declared(described: MethodDescription | null, idempotent: boolean): Method<Call, "call"> {
  const { args, returns } = described ?? { args: null, returns: null };
  const errors = (described?.errors ?? []).map(
    ({ name, code }): AnyDeclaredError => DeclaredError<unknown>(name, { code }),
  );
  if (![...(args ?? []), returns].some(isStreamWord)) return method<Call>({ idempotent, errors });
  const spec = (word: string | null): Schema | StreamSpec => (isStreamWord(word) ? stream<unknown>() : anything);
  const { carries } = method({ args: (args ?? []).map(spec), returns: spec(returns) });
  return { ...method<Call>({ idempotent, errors }), carries };
}

/** An object or a function would be gone with the command before it could be called. */
function isReferenceWord(word: string | null): boolean {
  return word !== null && /^(?:kept )?(?:function$|reference to )/.test(word);
}

function notByCommand(asked: string): UpcallError {
  return new UpcallError(
    "UNIMPLEMENTED",
    `${asked} takes or returns an object or a function that stays where it is, which a command line has no way to hold: call it from a program`,
    { reason: "NOT_SUPPORTED", outcome: "not-executed" },
  );
}

function isStreamWord(word: string | null): boolean {
  return word?.startsWith("stream of ") ?? false;
}

const anything: Schema = { "~standard": { version: 1, vendor: "upcall", validate: (value) => ({ value }) } };

type Call = (...args: unknown[]) => Promise<unknown>;

/** The method as the server describes it. */
function find(told: readonly InterfaceDescription[], interfaceName: string, name: string): MethodDescription {
  const subject = told.find((each) => each.name === interfaceName);
  const found = subject?.methods.find((each) => each.name === name);
  if (found !== undefined) return found;
  const asked = `${interfaceName}.${name}`;
  const all = told.flatMap((each) => each.methods.map((method) => `${each.name}.${method.name}`));
  const [reason, what]: [Reason, string] =
    subject === undefined
      ? ["NO_INTERFACE", `interface ${interfaceName}`]
      : ["NO_METHOD", `method ${name} in ${interfaceName}`];
  throw new UpcallError("UNIMPLEMENTED", `the server has no ${what}.${didYouMean(asked, all)}`, {
    reason,
    outcome: "not-executed",
  });
}
