// The session: the numbers of methods, in both directions. The sender numbers its own methods, interface after
// interface; the receiver maps it by name, so a method added on one side breaks no one on the other.

import type { Encoder } from "../../../codec/encode.ts";
import type { Skim } from "../../../codec/skim.ts";
import type { Dispatcher, Holder, Target } from "../../../contract/callee.ts";
import { notExecuted, UpcallError } from "../../../errors.ts";
import { tooManyAnnounced } from "../../../failure/call-endings.ts";
import type { Interface } from "../../../interface/define.ts";
import { kind } from "../../../wire/native/frame.ts";

/** Methods of one interface as they are announced: its name, and their names and kinds. */
export type Announcement = readonly [name: string, methods: readonly (readonly [name: string, kind: string])[]];

/** Methods in one frame: with the longest names they stay below the limit of a greeting. */
const methodsInFrame = 100;
/** The header has 16 bits for a method's number. */
export const numbersOnWire = 0x1_0000;
const longestName = 128;

/** What is asked of the outbox. */
interface Announcing {
  begin(): void;
  drop(): void;
  value(encoder: Encoder, frameKind: number, call: number, body: unknown): void;
}

/** What this side announced. */
export class AnnouncedHere {
  readonly #first: Map<Interface, number> = new Map();
  readonly #most: number;
  #count = 0;

  constructor(most: number) {
    this.#most = Math.min(most, numbersOnWire);
  }

  /** The number of the interface's first method, or -1 when it is not announced yet. */
  firstOf(subject: Interface): number {
    return this.#first.get(subject) ?? -1;
  }

  /**
   * The same, announced now where it was not before.
   * @throws UpcallError as for `add`; NOT_MARSHALLABLE as of the outbox
   */
  announce(subject: Interface, outbox: Announcing, encoder: Encoder): number {
    const known = this.firstOf(subject);
    if (known >= 0) return known;
    // Fails in a getter of a value that is being sent, before anything was noted down.
    outbox.begin();
    outbox.drop();
    const first = this.add(subject);
    for (const part of announcementsOf([subject])) outbox.value(encoder, kind.announce, 0, part);
    return first;
  }

  /**
   * @throws UpcallError RESOURCE_EXHAUSTED (TOO_MANY): refused here, because the other side would end the connection
   *   for it
   */
  add(subject: Interface): number {
    const first = this.#count;
    if (first + subject.table.length > this.#most) throw tooManyAnnounced(subject, this.#most);
    this.#first.set(subject, first);
    this.#count += subject.table.length;
    return first;
  }
}

/** Interfaces as arrays of announcements, each array for one frame. A long interface is announced in several parts. */
export function announcementsOf(interfaces: readonly Interface[]): Announcement[][] {
  const frames: Announcement[][] = [[]];
  let room = methodsInFrame;
  for (const { name, table } of interfaces) {
    for (let at = 0; at < table.length; ) {
      if (room === 0) {
        frames.push([]);
        room = methodsInFrame;
      }
      const part = table.slice(at, at + room);
      frames.at(-1)?.push([name, part.map((entry) => [entry.name, entry.method.kind] as const)]);
      room -= part.length;
      at += part.length;
    }
  }
  return frames;
}

/** The methods that were announced, in their order. */
export type Names = readonly (readonly [interfaceName: string, methodName: string])[];

/**
 * The names in an array of announcements from the wire.
 * @param most methods that may be announced
 * @throws UpcallError INVALID_ARGUMENT (BAD_GREETING, BAD_MESSAGE), RESOURCE_EXHAUSTED (TOO_MANY)
 */
export function namesIn(skim: Skim, most: number): Names {
  const names: (readonly [string, string])[] = [];
  for (let interfaces = arrayIn(skim, "the array of interfaces"); interfaces > 0; interfaces--) {
    let more = arrayIn(skim, "an interface") - 2;
    if (more < 0) throw bad("an interface has no name, or no array of methods");
    const interfaceName = nameIn(skim, "an interface");
    for (let methods = arrayIn(skim, "an interface's list of methods"); methods > 0; methods--) {
      let rest = arrayIn(skim, "a method") - 1;
      if (rest < 0) throw bad("a method has no name");
      if (names.length >= most) throw tooManyThere(most);
      names.push([interfaceName, nameIn(skim, "a method")]);
      for (; rest > 0; rest--) skim.skip();
    }
    for (; more > 0; more--) skim.skip();
  }
  return names;
}

/**
 * What the other side announced. A number is mapped to its target when it is first called: announcing costs no work.
 */
export class AnnouncedThere {
  readonly #targets: (Target | null)[] = [];
  /** Most connections announce once, and many the same: the array may be another connection's as well. */
  #names: Names = [];
  readonly #dispatcher: Dispatcher;
  readonly #holder: Holder;
  readonly #most: number;

  constructor(most: number, dispatcher: Dispatcher, holder: Holder) {
    this.#most = most;
    this.#dispatcher = dispatcher;
    this.#holder = holder;
  }

  /** The target of a number that was called before; null of all others. */
  known(number: number): Target | null {
    return this.#targets[number] ?? null;
  }

  /** The target of a number, or the error that its calls get; undefined when nothing was announced under it. */
  find(number: number): Target | UpcallError | undefined {
    return this.#targets[number] ?? this.#resolve(number);
  }

  /** The names of a number; undefined when nothing was announced under it. */
  namesOf(number: number): readonly [interfaceName: string, methodName: string] | undefined {
    return this.#names[number];
  }

  /** @throws UpcallError RESOURCE_EXHAUSTED (TOO_MANY) */
  add(names: Names): void {
    if (this.#names.length + names.length > this.#most) throw tooManyThere(this.#most);
    // Announcing nothing costs nothing, however often it is done.
    if (names.length === 0) return;
    this.#names = this.#names.length === 0 ? names : [...this.#names, ...names];
  }

  #resolve(number: number): Target | UpcallError | undefined {
    const names = this.#names[number];
    if (names === undefined) return undefined;
    const target = this.#dispatcher.find(...names, this.#holder);
    if (target instanceof UpcallError) return target;
    while (this.#targets.length <= number) this.#targets.push(null);
    this.#targets[number] = target;
    return target;
  }
}

function arrayIn(skim: Skim, what: string): number {
  const length = skim.array();
  if (length < 0) throw bad(`${what} is no array`);
  return length;
}

function nameIn(skim: Skim, what: string): string {
  const name = skim.text(longestName);
  if (name === null) throw bad(`the name of ${what} is no string of at most ${longestName} characters`);
  return name;
}

function tooManyThere(most: number): UpcallError {
  return new UpcallError("RESOURCE_EXHAUSTED", `more than ${most} methods were announced on one connection`, {
    reason: "TOO_MANY",
    outcome: "not-executed",
  });
}

function bad(what: string): UpcallError {
  return notExecuted("INVALID_ARGUMENT", "BAD_GREETING", `what is announced cannot be read: ${what}`);
}
