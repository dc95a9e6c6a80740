// The `retry()` interceptor, on virtual time: which failed calls are made again, how often, after which backoff, and
// its budget against retry storms.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  type Code,
  defineInterface,
  type InterceptedCall,
  method,
  type Outcome,
  type Reason,
  type RetryOptions,
  retry,
  stream,
  UpcallError,
} from "upcall";
import { VirtualClock } from "../harness/virtual-clock.ts";

const Subject = defineInterface("Subject", {
  once: method<() => unknown>(),
  again: method<() => unknown>({ idempotent: true }),
  takes: method({ args: [stream<number>()], idempotent: true }),
});

type Name = keyof typeof Subject.methods;

function error(code: Code, reason: Reason, outcome: Outcome): UpcallError {
  return new UpcallError(code, "it failed", { reason, outcome });
}

const lost = error("UNAVAILABLE", "CONNECTION_LOST", "unknown");
const refused = error("UNAVAILABLE", "CLOSED", "not-executed");

interface Result {
  settled: unknown;
}

/** One caller with a clock that stands still, whose waits are half of what they may be. */
class Tries {
  readonly clock: VirtualClock = new VirtualClock();
  readonly interceptor;
  /** When each attempt was made. */
  readonly times: number[] = [];

  constructor(options: RetryOptions = {}) {
    this.interceptor = retry({ clock: this.clock, random: () => 0.5, ...options });
  }

  /** Makes a call whose attempts fail with these errors, one after the other, and then succeed. */
  call(
    name: Name,
    errors: readonly UpcallError[],
    terms: { remaining?: number; signal?: AbortSignal; side?: "caller" | "callee" } = {},
  ): Result {
    const entry = Subject.table.find((each) => each.name === name);
    if (entry === undefined) throw new TypeError(name);
    const end = this.clock.now() + (terms.remaining ?? 30_000);
    const { clock } = this;
    const call: InterceptedCall = {
      side: terms.side ?? "caller",
      interface: "Subject",
      method: name,
      entry,
      args: [],
      metadata: {},
      signal: terms.signal ?? null,
      get remaining() {
        return end - clock.now();
      },
      peer: "nobody",
      id: 0,
      identity: null,
      answered: {},
      answer: () => {},
    };
    const left = [...errors];
    const result: Result = { settled: undefined };
    const next = async (): Promise<unknown> => {
      this.times.push(clock.now());
      const failed = left.shift();
      if (failed !== undefined) throw failed;
      return "done";
    };
    Promise.resolve(this.interceptor(call, next)).then(
      (value) => {
        result.settled = value;
      },
      (thrown: unknown) => {
        result.settled = thrown;
      },
    );
    return result;
  }
}

function errorIn({ settled }: Result): UpcallError {
  assert.ok(settled instanceof UpcallError, String(settled));
  return settled;
}

suite("retry", () => {
  test("a call that did not run is made again, after times that double", async () => {
    const tries = new Tries();
    const call = tries.call("once", [refused, refused, refused]);
    await tries.clock.advance(1_000);
    assert.equal(call.settled, "done");
    assert.deepEqual(tries.times, [0, 25, 75, 175]);
    assert.equal(tries.clock.timers, 0);
  });

  test("four attempts are all, and the last error is told", async () => {
    const tries = new Tries();
    const call = tries.call("once", [refused, refused, refused, refused]);
    await tries.clock.advance(10_000);
    assert.equal(call.settled, refused);
    assert.equal(tries.times.length, 4);
  });

  test("what may have run is made again only where the method is idempotent", async () => {
    const tries = new Tries();
    const again = tries.call("again", [lost]);
    await tries.clock.advance(1_000);
    assert.equal(again.settled, "done");
    const once = tries.call("once", [lost]);
    await tries.clock.advance(1_000);
    assert.equal(once.settled, lost);
    assert.equal(tries.times.length, 3);
  });

  test("an error that follows on one that may have run does not say that nothing ran", async () => {
    const tries = new Tries({ attempts: 2 });
    const call = tries.call("again", [lost, refused]);
    await tries.clock.advance(1_000);
    const told = errorIn(call);
    assert.equal(told.outcome, "unknown");
    assert.equal(told.reason, "CLOSED");
    assert.equal(told.cause, refused);
  });

  for (const failed of [
    error("INVALID_ARGUMENT", "BAD_ARGUMENT", "not-executed"),
    error("RESOURCE_EXHAUSTED", "TOO_LARGE", "not-executed"),
    error("UNIMPLEMENTED", "NO_METHOD", "not-executed"),
    error("DEADLINE_EXCEEDED", "EXPIRED", "not-executed"),
    error("CANCELLED", "ABORTED", "not-executed"),
    error("UNKNOWN", "THROWN", "executed"),
  ])
    test(`${failed.code} ${failed.reason} ${failed.outcome} is told at once`, async () => {
      const tries = new Tries();
      const call = tries.call("again", [failed]);
      await tries.clock.settle();
      assert.equal(call.settled, failed);
      assert.equal(tries.times.length, 1);
    });

  test("what an idempotent method itself threw for a while is tried again, and nothing that another one threw", async () => {
    const down = error("UNAVAILABLE", "THROWN", "executed");
    const tries = new Tries();
    const again = tries.call("again", [down, refused]);
    await tries.clock.advance(1_000);
    assert.equal(again.settled, "done");
    assert.equal(tries.times.length, 3);
    const once = tries.call("once", [down]);
    await tries.clock.settle();
    assert.equal(once.settled, down);
    assert.equal(tries.times.length, 4);
  });

  test("a busy server is asked again", async () => {
    const tries = new Tries();
    const call = tries.call("once", [error("RESOURCE_EXHAUSTED", "BUSY", "not-executed")]);
    await tries.clock.advance(1_000);
    assert.equal(call.settled, "done");
  });

  test("never past the deadline", async () => {
    const tries = new Tries();
    const call = tries.call("once", [refused, refused], { remaining: 60 });
    await tries.clock.advance(25);
    await tries.clock.settle();
    assert.equal(call.settled, refused);
    assert.deepEqual(tries.times, [0, 25]);
  });

  test("a signal ends the wait", async () => {
    const tries = new Tries();
    const controller = new AbortController();
    const call = tries.call("again", [lost], { signal: controller.signal });
    await tries.clock.settle();
    assert.deepEqual(call, { settled: undefined });
    controller.abort("enough");
    await tries.clock.settle();
    const told = errorIn(call);
    assert.equal(told.code, "CANCELLED");
    assert.equal(told.outcome, "unknown");
    assert.equal(tries.clock.timers, 0);
    assert.equal(tries.times.length, 1);
  });

  test("a call whose stream was read is made once, and so is one that came", async () => {
    const tries = new Tries();
    const takes = tries.call("takes", [refused]);
    const came = tries.call("again", [refused], { side: "callee" });
    await tries.clock.advance(1_000);
    assert.equal(takes.settled, refused);
    assert.equal(came.settled, refused);
    assert.equal(tries.times.length, 2);
  });

  test("no more than a fifth of the calls, and ten a second besides, over ten seconds", async () => {
    const tries = new Tries({ attempts: 2, base: 0 });
    const calls = Array.from({ length: 1_000 }, () => tries.call("once", [refused]));
    await tries.clock.advance(100);
    // 0.2 * 1,000 and 10 * 10: what is beyond is told its error.
    assert.equal(calls.filter(({ settled }) => settled === "done").length, 300);
    assert.equal(calls.filter(({ settled }) => settled === refused).length, 700);
    const beyond = tries.call("once", [refused]);
    await tries.clock.advance(8_000);
    assert.equal(beyond.settled, refused);
    await tries.clock.advance(2_000);
    const later = tries.call("once", [refused]);
    await tries.clock.advance(100);
    assert.equal(later.settled, "done");
  });

  test("options that make no sense are refused", () => {
    for (const options of [{ attempts: 0 }, { budget: 2 }, { perSecond: -1 }, { base: Number.NaN }, { most: -1 }])
      assert.throws(() => retry(options), { code: "INVALID_ARGUMENT", reason: "BAD_OPTION" });
  });
});
