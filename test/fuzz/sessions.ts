// Whole sessions that are given frames nearly right, in any order: one that serves, one that calls, and those of the plain
// wire. A session that was broken is closed, must have nothing left, and another one takes its place.

import { implement } from "upcall";
import { defaultLimits } from "#internal/limits.js";
import { Session } from "#internal/session/native/session.js";
import { plainTarget } from "#internal/session/plain/plain-upcall.js";
import { PlainSession } from "#internal/session/plain/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { headerLength, kind, putHeader } from "#internal/wire/native/frame.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { ownObjects } from "#internal/workers/own-objects.js";
import { hanging, newEndpoint } from "../harness/sessions.ts";
import { bodyOf, frameOf, prefaceBytes } from "../harness/stranger.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";
import { greeting, interfaces } from "../hostile/offender.ts";
import { RealTarget, reversed } from "../hostile/real-target.ts";
import { Line, Target } from "../hostile/target.ts";
import { tripped } from "../hostile/traps.ts";
import type { MakeFuzzed } from "./fuzz.ts";
import { Maker } from "./maker.ts";
import type { Random } from "./random.ts";
import { Sink } from "./sink.ts";

const greeted = greeting();
const announced = frameOf(kind.announce, {}, bodyOf(interfaces));
const welcome = frameOf(kind.welcome, {}, bodyOf({ version: 1, limits: { calls: 16, message: 64 * 1024 } }));

/** Ends no process, and computes for nobody. */
class Harmless extends RealTarget {
  override exit(): void {}
  override die(): void {}
  override fill(): void {}
  override block(): string {
    return "";
  }
}

/** Frames that one session is given at most: whatever piles up in it must do so within that. */
const mostFrames = 400;

/** Few enough that each limit is met now and then. */
const limits = {
  ...defaultLimits,
  running: 16,
  references: 16,
  streams: 8,
  pipelined: 8,
  message: 64 * 1024,
  partialBytes: 32 * 1024,
  streamWindow: 32 * 1024,
  streamsWindow: 64 * 1024,
};

/** The kinds that carry most of what there is to get wrong stand there more than once. */
const kinds = [
  kind.call,
  kind.call,
  kind.call,
  kind.call,
  kind.reply,
  kind.reply,
  kind.failure,
  kind.cancel,
  kind.credit,
  kind.release,
  kind.item,
  kind.item,
  kind.end,
  kind.stop,
  kind.announce,
  kind.ping,
  kind.pong,
  kind.settledBelow,
  kind.goAway,
  kind.greeting,
  kind.welcome,
  kind.refusal,
  200,
] as const;

/** Writes one frame into `to`; gives its end. */
function frameInto(to: Uint8Array, at: number, maker: Maker, random: Random): number {
  const frameKind = random.percent(98) ? (kinds[random.below(kinds.length)] ?? 0) : random.below(256);
  const rare = random.percent(3);
  const flags = rare ? random.below(256) : random.percent(30) ? random.pick([1, 2, 4, 12, 16, 13, 32, 36, 96, 33]) : 0;
  let start = at + headerLength;
  if ((flags & 32) !== 0 && random.percent(90)) start = entriesInto(to, start, random);
  if ((flags & 4) !== 0 && random.percent(90)) {
    to.set([0, 0, 0, random.below(20)], start);
    start += 4;
  }
  if (frameKind === kind.call || random.percent(20)) maker.list();
  else maker.value();
  const empty =
    (frameKind === kind.credit || frameKind === kind.cancel || frameKind === kind.ping) && random.percent(90);
  const length = empty ? 0 : Math.min(maker.position, 1_000);
  to.set(maker.bytes.subarray(0, length), start);
  const end = start + length;
  const told = random.percent(99) ? end - at - headerLength : random.u32();
  const view = new DataView(to.buffer);
  const call = random.percent(95) ? random.below(24) : random.u32();
  const remaining = random.percent(80) ? 1 + random.below(5_000) : random.u32();
  putHeader(view, at, told, frameKind, flags, random.below(60), call, remaining);
  return end;
}

/** Writes a block of entries, of which some lie; gives its end. */
function entriesInto(to: Uint8Array, at: number, random: Random): number {
  let end = at + 2;
  for (let left = random.below(4); left > 0; left--) {
    const length = random.below(6);
    to.set([random.percent(80) ? 1 + 2 * random.below(128) : random.below(256), 0, length], end);
    if (random.percent(5)) to[end + 1] = 0xff;
    end += 3 + length;
  }
  const told = random.percent(90) ? end - at - 2 : random.below(70_000);
  to[at] = told >>> 8;
  to[at + 1] = told & 0xff;
  return end;
}

type Made = readonly [method: string, args: readonly unknown[]];

/** Calls for which the other end may have answers. */
const made: readonly [Made, ...Made[]] = [
  ["echo", [1]],
  ["open", ["x"]],
  ["count", [3]],
  ["sum", [[1, 2, 3]]],
  ["watch", [(index: number) => index]],
  ["wait", []],
];

/** The same for both roles: a session, its other end, and what it is given. */
function sessions(role: "accepted" | "connected"): MakeFuzzed {
  return (random) => {
    const clock = new VirtualClock();
    const endpoint = newEndpoint(clock, limits);
    const maker = new Maker(random);
    const input = new Uint8Array(16 * 1024);
    const real = implement(Target, new Harmless());
    let end = 0;
    let sink = new Sink();
    let session = open();
    let frames = 0;

    function open(): Session {
      const opened = new Session(endpoint, sink, {
        role,
        dispatcher:
          role === "accepted" ? new InlineDispatcher(endpoint, new SkeletonTable([real])) : ownObjects(endpoint),
        interfaces: role === "accepted" ? [] : [Target],
        timeout: 30_000,
        onDraining: null,
        onClosed: () => {},
      });
      if (!random.percent(98)) return opened;
      sink.events?.received(prefaceBytes());
      sink.events?.received(role === "accepted" ? greeted : welcome);
      if (role === "connected") sink.events?.received(announced);
      return opened;
    }

    function call(): void {
      const [name, args] = random.pick(made);
      const entry = Target.table.find((each) => each.name === name);
      if (entry === undefined) throw new Error(`there is no ${name}`);
      session.call(Target.table.indexOf(entry), entry, args, null).then(use, () => {});
    }

    return {
      name: role === "accepted" ? "a session that serves" : "a session that calls",
      last: () => input.slice(0, end),
      feed: () => {
        if (sink.over || frames >= mostFrames) {
          sink.close();
          sink = new Sink();
          session = open();
          frames = 0;
        }
        if (role === "connected" && random.percent(20)) call();
        end = 0;
        // One input is one frame; now and then it comes in two parts, or another comes with it.
        end = frameInto(input, 0, maker, random);
        frames++;
        const bytes = input.slice(0, end);
        const cut = random.percent(10) ? random.below(end) : end;
        sink.events?.received(bytes.subarray(0, cut));
        if (cut < end) sink.events?.received(bytes.subarray(cut));
        if (random.percent(5)) clock.turn();
      },
      turn: async () => {
        await clock.advance(50);
        sink.close();
        sink = new Sink();
        await clock.advance(60_000);
        const { runningNow, streamsNow, referencesNow, referencesHeldNow } = endpoint.counters;
        const left = [hanging(endpoint), runningNow, streamsNow, referencesNow, referencesHeldNow];
        if (left.some((count) => count !== 0)) throw new Error(`it left ${left.join(", ")}`);
        if (tripped.length > 0) throw new Error(`${tripped.join(", ")} has run`);
        session = open();
        frames = 0;
      },
    };
  };
}

/** What a program does with what it gets: reads a stream, calls an account. */
function use(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const [deposit, next]: unknown[] = [Reflect.get(value, "deposit"), Reflect.get(value, "next")];
  for (const member of [deposit, next])
    if (typeof member === "function") Promise.resolve(Reflect.apply(member, value, [1])).catch(() => {});
}

const plainSessions: MakeFuzzed = (random) => {
  const clock = new VirtualClock();
  const endpoint = newEndpoint(clock, { ...limits, message: 200 });
  const dispatcher = new InlineDispatcher(endpoint, new SkeletonTable([implement(Line, { request: reversed })]));
  const maker = new Maker(random);
  let sink = new Sink();
  let frames = 0;
  const open = (): PlainSession =>
    new PlainSession(endpoint, sink, {
      to: plainTarget(dispatcher, [Line], null),
      end: random.pick(["newline", "half-close", "chunk"]),
      onClosed: () => {},
    });
  open();
  return {
    name: "a plain session",
    last: () => maker.bytes.slice(0, maker.position),
    feed: () => {
      if (sink.over || frames++ >= 40) {
        sink.close();
        sink = new Sink();
        frames = 0;
        open();
      }
      maker.noise();
      const bytes = maker.bytes.slice(0, maker.position);
      if (random.percent(80)) for (let i = 0; i < bytes.length; i++) bytes[i] = 0x20 + ((bytes[i] ?? 0) & 0x3f);
      for (let i = random.below(4); i > 0 && bytes.length > 0; i--) bytes[random.below(bytes.length)] = 0x0a;
      if (random.percent(3)) sink.events?.ended();
      else sink.events?.received(bytes);
    },
    turn: async () => {
      await clock.advance(50);
      sink.close();
      sink = new Sink();
      await clock.advance(60_000);
      const left = [hanging(endpoint), endpoint.counters.runningNow, clock.kept];
      if (left.some((count) => count !== 0)) throw new Error(`it left ${left.join(", ")}`);
      frames = 0;
      open();
    },
  };
};

export const talkers: readonly MakeFuzzed[] = [sessions("accepted"), sessions("connected"), plainSessions];
