// The session: the bodies of the first frames. Who connected says what it will call and names its session; the other
// side says what it takes. Fields that are not known are skipped, so that later versions may add some, and nothing is made
// of them: nobody knows yet who sent them.

import type { Skim } from "../../../codec/skim.ts";
import { notExecuted } from "../../../errors.ts";
import { type Limits, longestToken } from "../../../limits.ts";
import { version } from "../../../wire/native/frame.ts";
import { type Announcement, type Names, namesIn } from "./announced.ts";

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

/** What a greeting says. */
export interface Said {
  /** 128 random bits that whoever connected chose. */
  readonly session: Uint8Array;
  readonly names: Names;
  readonly taken: Taken;
  /** Undefined where there is none, null where it makes no sense. */
  readonly token: string | null | undefined;
}

/** Characters of the longest key that is known here. */
const longestKey = 16;

/**
 * The greeting off the wire.
 * @param most methods that may be announced
 * Errors: INVALID_ARGUMENT (BAD_GREETING, BAD_MESSAGE), RESOURCE_EXHAUSTED (TOO_MANY).
 */
export function readGreeting(skim: Skim, most: number): Said {
  let session: Uint8Array | null = null;
  let taken = least;
  let names: Names = [];
  let token: string | null | undefined;
  for (let left = fieldsIn(skim); left > 0; left--) {
    switch (skim.key(longestKey)) {
      case "session":
        session = skim.binary(sessionIdLength)?.slice() ?? null;
        break;
      case "limits":
        taken = takenIn(skim);
        break;
      case "interfaces":
        names = skim.nothing() ? [] : namesIn(skim, most);
        break;
      case "token":
        token = skim.text(longestToken);
        break;
      default:
        skim.skip();
    }
  }
  if (session === null) throw bad(`the session id is not ${sessionIdLength} bytes`);
  return { session, names, taken, token };
}

/** What the other side takes, in a greeting's answer. Errors: INVALID_ARGUMENT (BAD_GREETING, BAD_MESSAGE). */
export function readWelcome(skim: Skim): Taken {
  let taken = least;
  for (let left = fieldsIn(skim); left > 0; left--) {
    if (skim.key(longestKey) === "limits") taken = takenIn(skim);
    else skim.skip();
  }
  return taken;
}

/** What is missing or senseless means the least. */
const least: Taken = { calls: 1, message: 1 };

function takenIn(skim: Skim): Taken {
  if (skim.nothing()) return least;
  let { calls, message } = least;
  for (let left = fieldsIn(skim); left > 0; left--) {
    const key = skim.key(longestKey);
    if (key === "calls") calls = count(skim.number());
    else if (key === "message") message = count(skim.number());
    else skim.skip();
  }
  return { calls, message };
}

function count(value: number | null): number {
  return value !== null && value >= 1 ? Math.floor(value) : 1;
}

function fieldsIn(skim: Skim): number {
  const fields = skim.map();
  if (fields < 0) throw bad("its body is no map");
  return fields;
}

function bad(what: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_GREETING", `the greeting cannot be read: ${what}`);
}
