// The command: a method without an interface file. The server is asked what it has, and an interface of one method is
// made of the answer.

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
  /** Whether no reply comes. */
  readonly oneway: boolean;
  /** Whether it returns a stream. */
  readonly streams: boolean;
  on(connection: OpenConnection): Call;
}

/**
 * Asks a server for a method.
 *
 * @param asked   `Interface.method`; the interface's own name may have dots
 * @param timeout milliseconds of each call, or undefined for what the method says
 * Errors: UNIMPLEMENTED (NO_INTERFACE, NO_METHOD) with the name that may have been meant; those of asking.
 */
export async function describedMethod(
  connection: OpenConnection,
  asked: string,
  timeout: number | undefined,
): Promise<DescribedMethod> {
  const dot = asked.lastIndexOf(".");
  const [interfaceName, name] = [asked.slice(0, dot), asked.slice(dot + 1)];
  const told = await askedFor(connection, asked, timeBefore(timeout));
  // A server that does not tell may have the method all the same; it will say so itself where it has not.
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

/** Whatever became of the question, the method has not been called. */
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

/** Where the server says that streams stand, so must the interface that is made of it, and its errors; all else is plain data. */
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

/** An object, or a function, which would be gone with the command before anybody could call it. */
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
