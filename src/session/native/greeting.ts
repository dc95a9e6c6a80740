// The session: the bodies of the first frames. Who connected says what it will call and names its session; the other
// side says what it takes. Fields that are not known are ignored, so that later versions may add some.

import { notExecuted } from "../../errors.ts";
import { version } from "../../wire/native/frame.ts";
import type { Household } from "../platform.ts";
import type { Announcement } from "./announced.ts";

export const sessionIdLength = 16;

interface Greeting {
  /** 128 random bits that whoever connected chose. */
  readonly session: Uint8Array;
  readonly limits: { readonly calls: number; readonly message: number };
  readonly interfaces: readonly Announcement[];
}

export function greetingOf(home: Household, session: Uint8Array, interfaces: readonly Announcement[]): Greeting {
  return { session, limits: limitsOf(home), interfaces };
}

export function welcomeOf(home: Household): unknown {
  return { version, limits: limitsOf(home) };
}

function limitsOf(home: Household): Greeting["limits"] {
  return { calls: home.limits.running, message: home.limits.message };
}

/** The greeting off the wire. Errors: INVALID_ARGUMENT (BAD_GREETING). */
export function readGreeting(body: unknown): { session: Uint8Array; interfaces: unknown } {
  const fields = record(body);
  const session = fields["session"];
  if (!(session instanceof Uint8Array) || session.length !== sessionIdLength)
    throw bad(`the session id is not ${sessionIdLength} bytes`);
  return { session, interfaces: fields["interfaces"] ?? [] };
}

/** The limits in a greeting's answer; what is missing or senseless means the least. */
export function readWelcome(body: unknown): { calls: number; message: number } {
  const limits = record(record(body)["limits"] ?? {});
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
