// Composition: what a user may say when serving and connecting, and what it means when nothing is said.

import { longestMetadata } from "../call/metadata.ts";
import { Counters } from "../counters.ts";
import { Endpoint, type Platform } from "../endpoint/platform.ts";
import { notExecuted } from "../errors.ts";
import { excerpt } from "../escape.ts";
import { type Expose, exposures, type OnError } from "../incident.ts";
import { interceptorsIn } from "../interceptors/given.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import type { OnLeak } from "../leak.ts";
import { defaultLimits, type Limits, wrongLimit } from "../limits.ts";
import { nearest } from "../nearest.ts";
import type { Observer } from "../observer.ts";
import { aFunction, anObject, anything, functions, oneOfWords, type Shapes } from "../options.ts";
import type { Wire } from "../session/contract.ts";
import type { Medium } from "../transport/medium.ts";
import { type PlainEnd, plainEnds } from "../wire/plain/end.ts";

/** The wires that can be asked for by name. */
export const wireNames = ["native", "plain"] as const;

export type WireName = (typeof wireNames)[number];

export type { PlainEnd };

/** What both sides may say. */
export interface EndpointOptions {
  /**
   * What is spoken on the connections. `native`: many calls at once, all values. `plain`: raw text or bytes, as any
   * program with a socket speaks. Default `native`.
   */
  readonly wire?: WireName | undefined;
  /**
   * Where a message ends, on the plain wire only. Danger of `chunk`, which takes for a message, or for a reply, what
   * can be read without waiting, at most 64 KiB: over a network a message of more than some hundred bytes may come in
   * parts, and then the object sees a beginning. `newline`, on both sides: both end at "\n", and a connection carries
   * many. `half-close`, on both sides: the message ends where the caller sends no more, and the reply where the server
   * closes. Refused where all addresses are udp:, where a datagram is a message. Default: `chunk`, but for a caller's
   * reply, which ends where the server closes the connection.
   */
  readonly end?: PlainEnd | undefined;
  /**
   * Media of the program's own, whose schemes its URLs may then have; docs/media.md says what one is. Default: none but the entry point's own.
   */
  readonly media?: readonly Medium[] | undefined;
  /** Any of the limits; the others keep their defaults. Default: `defaultLimits`. */
  readonly limits?: Partial<Limits> | undefined;
  /**
   * Told of every stage of every call on these connections, of their streams, and of what becomes of the connections.
   * It costs: leave it out where its events are not looked at. Several are an array of functions; `observe()` of a
   * server or connection adds and removes one while it runs. Default: none.
   */
  readonly observer?: Observer | readonly Observer[] | undefined;
  /** Told of references that came on these connections and were forgotten instead of closed. Default: none. */
  readonly onLeak?: OnLeak | undefined;
  /**
   * What every call passes at this end, the first one outermost: calls made here on their way out, and calls that came
   * before they enter the object. A server with workers has them in its module, as an export `interceptors`. Default:
   * none.
   */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Told of every error that user code on this side throws and no interface declares: its callers get an id in its
   * place. Not with workers, which write a line themselves. Default: one line on standard error, with the id and the
   * stack.
   */
  readonly onError?: OnError | undefined;
  /**
   * What callers are shown of an error that user code throws and no interface declares. `everything` shows message,
   * stack and causes: it is for callers that are trusted as this side is. `message` shows its message, and `nothing`
   * only code UNKNOWN and the id. Default `nothing`.
   */
  readonly expose?: Expose | undefined;
}

/** What is looked at here only as a whole is looked at more closely by what uses it. */
export const endpointShapes: Shapes<EndpointOptions> = {
  wire: oneOfWords(wireNames),
  end: oneOfWords(plainEnds),
  media: anything,
  limits: anObject,
  observer: functions,
  onLeak: aFunction,
  interceptors: anything,
  onError: aFunction,
  expose: oneOfWords(exposures),
};

/** @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) for a limit that is not known, or is no number of 0 or more */
export function endpointOf(options: EndpointOptions, wire: Wire, platform: Platform, ambient = false): Endpoint {
  const { observer = null, onLeak = null, onError = null } = options;
  const expose = oneOf("expose", options.expose, exposures, "nothing");
  return new Endpoint(platform, limitsOf(options, wire), new Counters(), observer, onLeak, onError, expose, ambient);
}

/** @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) for a value that is no list of functions */
export function interceptorsOf(options: EndpointOptions): readonly Interceptor[] {
  return interceptorsIn(options.interceptors ?? [], "interceptors");
}

/** The limits that were asked for last: a program that connects for every call asks for the same each time. */
let last: { readonly given: Partial<Limits>; readonly wire: string; readonly limits: Limits } | null = null;

function limitsOf({ limits: given = {} }: EndpointOptions, wire: Wire): Limits {
  if (last === null || last.wire !== wire.name || !sameLimits(last.given, given))
    last = { given: { ...given }, wire: wire.name, limits: checked(given, wire.limits) };
  return last.limits;
}

function sameLimits(one: Partial<Limits>, other: Partial<Limits>): boolean {
  const names = Object.keys(one) as (keyof Limits)[];
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

/** @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) */
function checked(given: Partial<Limits>, usual: Partial<Limits>): Limits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaultLimits, name))
      throw bad(
        `limits.${excerpt(name)} is not known${meant(name)}; the limits are ${Object.keys(defaultLimits).join(", ")}`,
      );
    const wrong = wrongLimit(name as keyof Limits, value);
    if (wrong !== null) throw bad(`limits.${name} is ${said(value)}; ${wrong}${also(name)}`);
  }
  if (given.metadata !== undefined && given.metadata > longestMetadata)
    throw bad(`limits.metadata is ${given.metadata}; a frame says its length in 16 bits: at most ${longestMetadata}`);
  const limits = { ...defaultLimits, ...usual, ...given };
  if (limits.message * 4 > limits.memory)
    throw bad(
      `limits.message is ${limits.message}, more than a quarter of limits.memory, which is ${limits.memory}: one message would take what all connections share; say a larger limits.memory, or a smaller limits.message`,
    );
  if (limits.timeout > limits.timeoutMost) {
    if (given.timeout !== undefined)
      throw bad(`limits.timeout is ${given.timeout}, more than limits.timeoutMost, which is ${limits.timeoutMost}`);
    // Nothing was said of what is usual, so it is no more than what may be said.
    return { ...limits, timeout: limits.timeoutMost };
  }
  return limits;
}

/** What to say instead of a limit that is too low. */
function also(name: string): string {
  return name === "keepaliveAnswer" ? "; limits.keepalive: 0 turns signs of life off" : "";
}

function meant(name: string): string {
  const near = nearest(name, Object.keys(defaultLimits));
  return near === null ? "" : `; did you mean ${near}?`;
}

/** One of the words that an option knows. @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) */
export function oneOf<T extends string>(name: string, value: unknown, words: readonly T[], otherwise: T): T {
  if (value === undefined) return otherwise;
  const word = words.find((each) => each === value);
  if (word === undefined) throw bad(`${name} is ${said(value)}; it must be one of ${words.join(", ")}`);
  return word;
}

/** For a sentence. Of an object nothing is asked: that may throw. */
function said(value: unknown): string {
  if (typeof value === "string") return `"${excerpt(value)}"`;
  if (typeof value === "function" || (typeof value === "object" && value !== null))
    return `of the type ${typeof value}`;
  return String(value);
}

export function bad(what: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_OPTION", what);
}
