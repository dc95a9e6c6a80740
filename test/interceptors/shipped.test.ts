// The interceptors that are shipped: `limitConcurrency`, `timing` and `logging`.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  type CallTiming,
  close,
  connect,
  context,
  defineInterface,
  limitConcurrency,
  logging,
  method,
  serve,
  timing,
  UpcallError,
  within,
} from "upcall";
import { VirtualClock } from "../harness/virtual-clock.ts";

const Subject = defineInterface("Subject", {
  wait: method<(name: string) => string>(),
  fail: method<(what: string) => void>(),
});

class RealSubject {
  readonly waiting: Map<string, () => void> = new Map();
  /** Told of each call that entered. */
  entered: (name: string) => void = () => {};

  wait(name: string): Promise<string> {
    return new Promise((resolve) => {
      const end = (): void => resolve(name);
      this.waiting.set(name, end);
      context().signal.addEventListener("abort", end);
      this.entered(name);
    });
  }

  fail(what: string): never {
    if (what === "own") throw new UpcallError("NOT_FOUND", "there is none");
    throw new TypeError(what);
  }

  /** Lets a call return. */
  end(name: string): void {
    this.waiting.get(name)?.();
    this.waiting.delete(name);
  }
}

/** What is told, and promises of what will be. */
class Told {
  readonly all: string[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void } | null = null;

  tell(what: string): void {
    this.all.push(what);
    if (this.#waiting !== null && this.all.length >= this.#waiting.count) this.#waiting.resolve();
  }

  async until(count: number): Promise<void> {
    if (this.all.length >= count) return;
    await new Promise<void>((resolve) => {
      this.#waiting = { count, resolve };
    });
  }
}

let places = 0;
const url = (): string => `memory:shipped-${places++}`;

function saysOf(error: unknown): string {
  assert.ok(error instanceof UpcallError, String(error));
  return `${error.code} ${error.reason} ${error.outcome}`;
}

async function saysOfFailed(promise: Promise<unknown>): Promise<string> {
  return saysOf(await promise.catch((error: unknown) => error));
}

suite("limitConcurrency", () => {
  for (const side of ["caller", "callee"] as const)
    test(`at the ${side}: so many run, some wait in order, the rest is told at once`, async () => {
      const real = new RealSubject();
      const told = new Told();
      real.entered = (name) => told.tell(name);
      const interceptors = [limitConcurrency(2, { queue: 2 })];
      await using server = await serve(Subject, real, url(), side === "callee" ? { interceptors } : {});
      await using subject = await connect(Subject, server.url, side === "caller" ? { interceptors } : {});
      const calls = ["a", "b", "c", "d"].map((name) => subject.wait(name));
      await told.until(2);
      assert.equal(await saysOfFailed(subject.wait("e")), "RESOURCE_EXHAUSTED BUSY not-executed");
      assert.deepEqual(told.all, ["a", "b"]);
      real.end("a");
      await told.until(3);
      real.end("b");
      await told.until(4);
      assert.deepEqual(told.all, ["a", "b", "c", "d"]);
      real.end("c");
      real.end("d");
      assert.deepEqual(await Promise.all(calls), ["a", "b", "c", "d"]);
      const again = subject.wait("again");
      await told.until(5);
      real.end("again");
      assert.equal(await again, "again");
    });

  test("who waits too long, or is not wanted any more, makes room", async () => {
    const clock = new VirtualClock();
    const real = new RealSubject();
    const told = new Told();
    real.entered = (name) => told.tell(name);
    await using server = await serve(Subject, real, url());
    await using subject = await connect(Subject, server.url, {
      interceptors: [limitConcurrency(1, { queue: 2, clock })],
    });
    const running = subject.wait("runs");
    const late = saysOfFailed(within(subject, { timeout: 1_000 }).wait("late"));
    const controller = new AbortController();
    const unwanted = saysOfFailed(within(subject, { signal: controller.signal }).wait("unwanted"));
    await told.until(1);
    controller.abort("enough");
    assert.equal(await unwanted, "CANCELLED ABORTED not-executed");
    await clock.advance(1_001);
    assert.equal(await late, "DEADLINE_EXCEEDED EXPIRED not-executed");
    assert.equal(clock.timers, 0);
    const next = subject.wait("next");
    real.end("runs");
    assert.equal(await running, "runs");
    await told.until(2);
    assert.deepEqual(told.all, ["runs", "next"]);
    real.end("next");
    assert.equal(await next, "next");
  });

  test("numbers that make no sense are refused", () => {
    for (const make of [
      () => limitConcurrency(0),
      () => limitConcurrency(1.5),
      () => limitConcurrency(1, { queue: -1 }),
    ])
      assert.throws(make, { code: "INVALID_ARGUMENT", reason: "BAD_OPTION" });
  });
});

suite("timing and logging", () => {
  test("each call is told when it is over, with its time and its error", async () => {
    const clock = new VirtualClock();
    const real = new RealSubject();
    const entered = new Promise<void>((resolve) => {
      real.entered = () => resolve();
    });
    const timings: CallTiming[] = [];
    await using server = await serve(Subject, real, url(), {
      interceptors: [timing((one) => timings.push(one), { clock })],
    });
    await using subject = await connect(Subject, server.url);
    const call = subject.wait("x");
    await entered;
    await clock.advance(250);
    real.end("x");
    await call;
    await subject.fail("own").catch(() => {});
    const [first, second] = timings;
    assert.deepEqual(
      { ...first, id: 0 },
      { side: "callee", interface: "Subject", method: "wait", peer: "memory", id: 0, milliseconds: 250, error: null },
    );
    assert.ok(first !== undefined && first.id > 0);
    assert.equal(saysOf(second?.error), "NOT_FOUND THROWN executed");
  });

  test("the log has a line for each call, and no arguments", async () => {
    const lines: { level: string; fields: object; message: string }[] = [];
    const logger = {
      info: (fields: object, message: string) => lines.push({ level: "info", fields, message }),
      error: (fields: object, message: string) => lines.push({ level: "error", fields, message }),
    };
    const real = new RealSubject();
    real.entered = (name) => real.end(name);
    await using server = await serve(Subject, real, url());
    const subject = await connect(Subject, server.url, {
      interceptors: [logging(logger, { clock: new VirtualClock() })],
    });
    await subject.wait("secret");
    const error = await subject.fail("own").catch((thrown: unknown) => thrown);
    await close(subject);
    const same = { side: "caller", interface: "Subject", peer: server.url, milliseconds: 0 };
    assert.deepEqual(lines, [
      { level: "info", fields: { ...same, method: "wait" }, message: "Subject.wait done" },
      {
        level: "error",
        fields: { ...same, method: "fail", code: "NOT_FOUND", reason: "THROWN", outcome: "executed", err: error },
        message: "Subject.fail failed",
      },
    ]);
  });

  test("a log that throws breaks no call", async () => {
    const real = new RealSubject();
    real.entered = (name) => real.end(name);
    const broken = (): never => {
      throw new Error("the disk is full");
    };
    await using server = await serve(Subject, real, url());
    await using subject = await connect(Subject, server.url, {
      interceptors: [logging({ info: broken, error: broken }), timing(broken)],
    });
    assert.equal(await subject.wait("x"), "x");
    assert.equal(await saysOfFailed(subject.fail("own")), "NOT_FOUND THROWN executed");
  });
});
