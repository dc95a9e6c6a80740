// The session: first frames that were written or read before. A client that connects again and again sends the same
// each time but for its session's id, so marshalling it anew, and understanding it anew, would be most of what a short
// connection costs. Only few and short frames are remembered, for all peers.

import type { Encoder } from "../../../codec/encode.ts";
import type { Skim } from "../../../codec/skim.ts";
import { Writer } from "../../../codec/writer.ts";
import type { Interface } from "../../../interface/define.ts";
import type { Limits } from "../../../limits.ts";
import { announcementsOf } from "./announced.ts";
import {
  greetingOf,
  readGreeting,
  readWelcome,
  type Said,
  sessionIdLength,
  type Welcome,
  welcomeOf,
} from "./greeting.ts";

/** How a greeting begins that was written here: a map of 4, "session", 16 bytes, which follow. */
const beginning: readonly number[] = [0x84, 0xa7, 0x73, 0x65, 0x73, 0x73, 0x69, 0x6f, 0x6e, 0xc4, sessionIdLength];
const idEnd = beginning.length + sessionIdLength;
/** Greetings of others that are remembered at once, and the bytes of the longest. */
const mostRead = 4;
const longestRead = 2048;

interface Written {
  readonly calls: number;
  readonly message: number;
  readonly body: Uint8Array;
}

interface WrittenGreeting extends Written {
  /** Where the session's id stands in `body`. */
  readonly session: Uint8Array;
}

interface ReadGreeting {
  readonly body: Uint8Array;
  readonly said: Said;
}

interface WrittenWelcome extends Written {
  /** The server that it is of. */
  readonly instance: Uint8Array;
}

interface ReadWelcome {
  readonly body: Uint8Array;
  readonly said: Welcome;
}

/** For all who have the same limits of values. */
export class RememberedGreetings {
  readonly #greetings: WeakMap<Interface, WrittenGreeting> = new WeakMap();
  #welcome: WrittenWelcome | null = null;
  /**
   * The session's id in the greeting that was read last: what is remembered of one is another's as well, and this is
   * not.
   */
  session: Uint8Array = new Uint8Array(0);
  readonly #read: ReadGreeting[] = [];
  #nextRead = 0;
  #welcomed: ReadWelcome | null = null;

  /** The body of a greeting for one short interface, its session's id still to be put in; null for others. */
  greeting(encoder: Encoder, limits: Limits, interfaces: readonly Interface[]): WrittenGreeting | null {
    const [subject] = interfaces;
    if (subject === undefined || interfaces.length > 1) return null;
    const known = this.#greetings.get(subject);
    if (known !== undefined && fits(known, limits)) return known;
    const [first = [], ...others] = announcementsOf(interfaces);
    if (others.length > 0) return null;
    const body = marshalled(encoder, greetingOf(limits, new Uint8Array(sessionIdLength), first));
    const session = body.subarray(beginning.length, idEnd);
    const written = { calls: limits.running, message: limits.message, body, session };
    this.#greetings.set(subject, written);
    return written;
  }

  /** @param instance names this start of the server */
  welcome(encoder: Encoder, limits: Limits, instance: Uint8Array): Uint8Array {
    const known = this.#welcome;
    if (known !== null && known.instance === instance && fits(known, limits)) return known.body;
    const body = marshalled(encoder, welcomeOf(limits, instance));
    this.#welcome = { calls: limits.running, message: limits.message, body, instance };
    return body;
  }

  /**
   * A greeting off the wire.
   * @param most methods that may be announced
   * @throws UpcallError INVALID_ARGUMENT (BAD_GREETING, BAD_MESSAGE), RESOURCE_EXHAUSTED (TOO_MANY)
   */
  greeted(skim: Skim, bytes: Uint8Array, start: number, end: number, most: number): Said {
    for (const { body, said } of this.#read) {
      if (!same(body, 0, beginning.length, bytes, start) || !sameRest(body, idEnd, bytes, start, end)) continue;
      this.session = bytes.slice(start + beginning.length, start + idEnd);
      return said;
    }
    const said = skim.whole(bytes, start, end, (one) => readGreeting(one, most));
    this.session = said.session;
    // A secret is not kept, and comparing others with it byte by byte would tell how much of it they have guessed.
    if (said.token !== undefined) return said;
    if (end - start <= longestRead && end - start >= idEnd && beginsAsOurs(bytes, start)) {
      this.#read[this.#nextRead++ % mostRead] = { body: bytes.slice(start, end), said };
    }
    return said;
  }

  /** A welcome off the wire. @throws UpcallError as for `greeted` */
  welcomed(skim: Skim, bytes: Uint8Array, start: number, end: number): Welcome {
    const known = this.#welcomed;
    if (known !== null && sameRest(known.body, 0, bytes, start, end)) return known.said;
    const said = skim.whole(bytes, start, end, readWelcome);
    if (end - start <= longestRead) this.#welcomed = { body: bytes.slice(start, end), said };
    return said;
  }
}

function fits({ calls, message }: Written, limits: Limits): boolean {
  return calls === limits.running && message === limits.message;
}

function marshalled(encoder: Encoder, body: unknown): Uint8Array {
  const writer = new Writer();
  encoder.value(writer, body, "frame");
  return writer.slice();
}

/** Whatever else it says: older versions have a field less. */
function beginsAsOurs(bytes: Uint8Array, start: number): boolean {
  return beginning.every((byte, i) => i === 0 || bytes[start + i] === byte);
}

/** Whether `known`, from `at` on to its end, is what stands in `bytes` at the same place, and ends there as well. */
function sameRest(known: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): boolean {
  return known.length === end - start && same(known, at, known.length, bytes, start);
}

function same(known: Uint8Array, from: number, to: number, bytes: Uint8Array, start: number): boolean {
  for (let i = from; i < to; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
