// The session: the bodies of the first frames. Who connected says what it will call and names its session; the other
// side says what it takes. Fields that are not known are skipped, so that later versions may add some, and nothing is
// made of them: their sender is not known yet.

import type { Skim } from "../../../codec/skim.ts";
import { notExecuted } from "../../../errors.ts";
import { hexOf } from "../../../escape.ts";
import { type Limits, longestToken } from "../../../limits.ts";
import { features, version } from "../../../wire/native/frame.ts";
import { type Announcement, type Names, namesIn } from "./announced.ts";

export const sessionIdLength = 16;
/** Bytes of what a server names itself by, anew each time it is started. */
const instanceLength = 16;

/** Names of features that are looked at, and the characters of the longest. */
const mostFeatures = 64;
const longestFeature = 32;

interface Greeting {
  /** 128 random bits that the side that connected chose. */
  readonly session: Uint8Array;
  readonly limits: Taking;
  readonly interfaces: readonly Announcement[];
  /** What it understands beyond what every side does. */
  readonly features: readonly string[];
  /** Shows who greets. */
  readonly token?: string;
}

/** How many calls a side takes at once, and how many bytes of arguments or result. */
interface Taking {
  readonly calls: number;
  readonly message: number;
}

/** What a side says of itself in its first frame. */
export interface Taken extends Taking {
  /** What is optional on the wire and understood by both sides: nothing else that is optional may be sent. */
  readonly features: readonly string[];
}

/** What a server says of itself. */
export interface Welcome extends Taken {
  /** Names one start of the server, in hexadecimal digits; empty where it does not say. */
  readonly instance: string;
}

export function greetingOf(limits: Limits, session: Uint8Array, interfaces: readonly Announcement[]): Greeting {
  return { session, limits: takenBy(limits), interfaces, features };
}

export function welcomeOf(limits: Limits, instance: Uint8Array): unknown {
  return { version, limits: takenBy(limits), features, instance };
}

function takenBy(limits: Limits): Taking {
  return { calls: limits.running, message: limits.message };
}

/** What a greeting says. */
export interface Said {
  /** 128 random bits that the side that connected chose. */
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
 * @throws UpcallError INVALID_ARGUMENT (BAD_GREETING, BAD_MESSAGE), RESOURCE_EXHAUSTED (TOO_MANY)
 */
export function readGreeting(skim: Skim, most: number): Said {
  let session: Uint8Array | null = null;
  let taking = least;
  let both: readonly string[] = [];
  let names: Names = [];
  let token: string | null | undefined;
  for (let left = fieldsIn(skim); left > 0; left--) {
    switch (skim.key(longestKey)) {
      case "session":
        session = skim.binary(sessionIdLength)?.slice() ?? null;
        break;
      case "limits":
        taking = takenIn(skim);
        break;
      case "features":
        both = featuresIn(skim);
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
  return { session, names, taken: { ...taking, features: both }, token };
}

/**
 * What the other side takes, in a greeting's answer.
 * @throws UpcallError INVALID_ARGUMENT (BAD_GREETING, BAD_MESSAGE)
 */
export function readWelcome(skim: Skim): Welcome {
  let taking = least;
  let both: readonly string[] = [];
  let instance = "";
  for (let left = fieldsIn(skim); left > 0; left--) {
    const key = skim.key(longestKey);
    if (key === "limits") taking = takenIn(skim);
    else if (key === "features") both = featuresIn(skim);
    else if (key === "instance") instance = hexOf(skim.binary(instanceLength));
    else skim.skip();
  }
  return { ...taking, features: both, instance };
}

/** Those that are understood on this side as well. What is no array of names names nothing. */
function featuresIn(skim: Skim): readonly string[] {
  const both: string[] = [];
  const length = skim.array();
  if (length < 0) {
    skim.skip();
    return both;
  }
  for (let at = 0; at < length; at++) {
    if (at >= mostFeatures) {
      skim.skip();
      continue;
    }
    const name = skim.text(longestFeature);
    if (name !== null && features.includes(name) && !both.includes(name)) both.push(name);
  }
  return both;
}

/** What is missing or senseless means the least. */
const least: Taking = { calls: 1, message: 1 };

function takenIn(skim: Skim): Taking {
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
  if (fields < 0) throw bad("its body is no object");
  return fields;
}

function bad(what: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_GREETING", `the greeting cannot be read: ${what}`);
}
