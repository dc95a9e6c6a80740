// The session: the bodies of the first frames. Who connected says what it will call and names its session; the other
// side says what it takes. Fields that are not known are ignored, so that later versions may add some.

import { notExecuted } from "../../errors.ts";
import { type Limits, longestToken } from "../../limits.ts";
import { version } from "../../wire/native/frame.ts";
import type { Announcement } from "./announced.ts";

export const sessionIdLength = 16;

interface Greeting {
  /** 128 random bits that whoever connected chose. */
  readonly session: Uint8Array;
  readonly limits: Taken;
  readonly interfaces: readonly Announcement[];
  /** Shows who greets. */
  readonly token?: string;
}

/** How many calls a side takes at once, and how many bytes of arguments or result. */
export interface Taken {
  readonly calls: number;
  readonly message: number;
}

export function greetingOf(limits: Limits, session: Uint8Array, interfaces: readonly Announcement[]): Greeting {
  return { session, limits: takenBy(limits), interfaces };
}

export function welcomeOf(limits: Limits): unknown {
  return { version, limits: takenBy(limits) };
}

function takenBy(limits: Limits): Taken {
  return { calls: limits.running, message: limits.message };
}

/**
 * The greeting off the wire; `token` is undefined where there is none, and null where it makes no sense.
 * Errors: INVALID_ARGUMENT (BAD_GREETING).
 */
export function readGreeting(body: unknown): { limits: Taken; interfaces: unknown; token: string | null | undefined } {
  const fields = record(body);
  const session = fields["session"];
  if (!(session instanceof Uint8Array) || session.length !== sessionIdLength)
    throw bad(`the session id is not ${sessionIdLength} bytes`);
  const token = fields["token"];
  return {
    limits: limitsIn(fields),
    interfaces: fields["interfaces"] ?? [],
    token: token === undefined || (typeof token === "string" && token.length <= longestToken) ? token : null,
  };
}

/** What the other side takes, in a greeting's answer. Errors: INVALID_ARGUMENT (BAD_GREETING). */
export function readWelcome(body: unknown): Taken {
  return limitsIn(record(body));
}

/** What is missing or senseless means the least. */
function limitsIn(fields: Record<string, unknown>): Taken {
  const limits = record(fields["limits"] ?? {});
  return { calls: count(limits["calls"]), message: count(limits["message"]) };
}

function count(value: unknown): number {
  return typeof value === "number" && value >= 1 ? Math.floor(value) : 1;
}

function record(body: unknown): Record<string, unknown> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw bad("its body is no map");
  return body as Record<string, unknown>;
}

function bad(what: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_GREETING", `the greeting cannot be read: ${what}`);
}
