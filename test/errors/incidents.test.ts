// Which side is told of errors that no interface declares (its `onError` function or its log): the one whose code threw
// them.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  callback,
  close,
  connect,
  context,
  DeclaredError,
  defineInterface,
  type IncidentReport,
  method,
  open,
  serve,
  stream,
  UpcallError,
  type Workers,
  within,
} from "upcall";
import * as small from "upcall/memory";
import { systemClock } from "#internal/clock.js";
import { IncidentLog, lineOf } from "#internal/incident.js";
import { servedModule } from "../cli/command.ts";
import { media } from "../harness/media.ts";
import { ofTier } from "../harness/tier.ts";
import { Bank, incident } from "./subject.ts";

const models: readonly Workers[] = ["inline", "threads:1", "processes:1", "threads:per-connection"];

class Enough extends DeclaredError("Enough") {}

const Caller = defineInterface("Caller", {
  back: method({ args: [callback({ args: [], errors: [Enough] })] }),
  drink: method({ args: [stream<number>()] }),
  fail: method<(text: string) => string>(),
  slow: method<() => void>(),
  items: method({ args: [], returns: stream<number>() }),
});

const real = {
  back: async (tell: () => Promise<void>): Promise<void> => await tell(),
  async drink(items: AsyncIterable<number>): Promise<void> {
    for await (const _item of items);
  },
  fail(text: string): never {
    throw new TypeError(text);
  },
  async slow(): Promise<never> {
    await Promise.resolve();
    throw new TypeError("slow");
  },
  async *items(): AsyncGenerator<number> {
    yield 1;
    throw new TypeError("no more");
  },
};

async function errorOf(promise: PromiseLike<unknown>): Promise<UpcallError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof UpcallError, String(error));
    return error;
  }
  return assert.fail("it was fulfilled");
}

for (const medium of media) {
  test(`${medium.name}: the server is told what its methods throw, once each, with whose call it was`, async () => {
    const told: IncidentReport[] = [];
    await using server = await serve(Caller, real, medium.url(), { onError: (report) => told.push(report) });
    await using caller = await connect(Caller, server.url);
    const [one, other] = [await errorOf(caller.fail("first")), await errorOf(caller.slow())];
    const last = await errorOf(
      (async () => {
        for await (const item of caller.items()) assert.equal(item, 1);
      })(),
    );
    assert.deepEqual(
      told.map(({ incident: id, error, method: name }) => [id, String(error), name]),
      [
        [one.incident, "TypeError: first", "Caller.fail"],
        [other.incident, "TypeError: slow", "Caller.slow"],
        [last.incident, "TypeError: no more", "Caller.items"],
      ],
    );
    assert.match(one.incident ?? "", incident);
    assert.notEqual(one.incident, other.incident);
    assert.deepEqual(
      told.map(({ call }) => call),
      [1, 2, 3],
    );
    assert.equal(new Set(told.map(({ peer }) => peer)).size, 1);
    for (const { peer } of told) assert.match(peer, medium.name === "tcp" ? /^127\.0\.0\.1:\d+$|^\[::1\]:\d+$/ : /./);
  });

  test(`${medium.name}: the caller is told what its own functions and streams throw, and the server gets an id`, async () => {
    const [theirs, mine]: IncidentReport[][] = [[], []];
    await using server = await serve(Caller, real, medium.url(), { onError: (report) => theirs?.push(report) });
    await using caller = await connect(Caller, server.url, { onError: (report) => mine?.push(report) });
    const back = await errorOf(
      caller.back(() => {
        throw new RangeError("my secret");
      }),
    );
    const drink = await errorOf(
      caller.drink(
        (async function* () {
          yield 1;
          throw new RangeError("my secret");
        })(),
      ),
    );
    assert.deepEqual(theirs, []);
    assert.deepEqual(
      mine?.map(({ incident: id, error, method: name }) => [id, String(error), name]),
      [
        [back.incident, "RangeError: my secret", "upcall.Function.call"],
        [drink.incident, "RangeError: my secret", "Caller.drink"],
      ],
    );
    assert.doesNotMatch(`${back.message} ${drink.message}`, /secret/);
    assert.match(drink.message, /^the stream in an argument of Caller\.drink failed/);
  });
}

test("what onError throws changes nothing", async () => {
  const onError = (): never => {
    throw new Error("broken");
  };
  await using server = await serve(Caller, real, "memory:broken", { onError });
  await using caller = await connect(Caller, server.url);
  const error = await errorOf(caller.fail("x"));
  assert.deepEqual([error.code, error.outcome], ["UNKNOWN", "executed"]);
});

test("a method that gives up because its call was cancelled is no incident", async () => {
  const told: IncidentReport[] = [];
  const Slow = defineInterface("Slow", {
    wait: method<() => void>(),
    stop: method<() => void>(),
    last: method<() => void>(),
  });
  let entered: () => void = () => {};
  const running = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const gone: string[] = [];
  const wait = async (): Promise<void> => {
    entered();
    try {
      await setTimeout(60_000, undefined, { signal: context().signal });
    } catch (error) {
      gone.push(error instanceof Error ? error.name : "");
      throw error;
    }
  };
  const stop = (): never => {
    throw Object.assign(new Error("my own"), { name: "AbortError" });
  };
  await using server = await serve(Slow, { wait, stop, last() {} }, "memory:gives-up", {
    onError: (report) => told.push(report),
  });
  await using slow = await connect(Slow, server.url);
  const control = new AbortController();
  const call = within(slow, { signal: control.signal }).wait();
  await running;
  control.abort();
  await assert.rejects(call, { code: "CANCELLED" });
  await slow.last();
  assert.deepEqual([gone, told], [["AbortError"], []]);
  // Nobody has aborted this one.
  await assert.rejects(slow.stop(), { code: "UNKNOWN" });
  assert.equal(told.length, 1);
});

test("what a method gets from a further server, and lets through, keeps its incident and is told once", async () => {
  const [behind, before]: IncidentReport[][] = [[], []];
  await using last = await serve(Caller, real, "memory:last", { onError: (report) => behind?.push(report) });
  await using further = await connect(Caller, last.url);
  const passing = { ...real, fail: (text: string) => further.fail(text) };
  await using first = await serve(Caller, passing, "memory:first", { onError: (report) => before?.push(report) });
  await using caller = await connect(Caller, first.url);
  const error = await errorOf(caller.fail("deep"));
  assert.deepEqual(
    behind?.map(({ incident: id }) => id),
    [error.incident],
  );
  assert.deepEqual(before, []);
});

test("the plain wire tells nothing, and the server is told all the same", async () => {
  const told: IncidentReport[] = [];
  const Plain = defineInterface("Plain", { reverse: method<(text: string) => string>() });
  const reverse = (): never => {
    throw new TypeError("plainly wrong");
  };
  await using server = await serve(Plain, { reverse }, "memory:plain-incident", {
    wire: "plain",
    onError: (report) => told.push(report),
  });
  await using plain = await connect(Plain, server.url, { wire: "plain" });
  await assert.rejects(plain.reverse("x"), { outcome: "unknown" });
  assert.deepEqual(
    told.map(({ error, method: name }) => [String(error), name]),
    [["TypeError: plainly wrong", "Plain.reverse"]],
  );
});

for (const workers of ofTier<readonly Workers[]>({
  quick: ["processes:1"],
  gate: ["inline", "threads:1"],
  all: models,
})) {
  test(`${workers}: the line on standard error says whose call it was, also of a stream`, async () => {
    const bank = fileURLToPath(new URL("./real-bank.js", import.meta.url));
    await using server = await servedModule(bank, ["tcp://127.0.0.1:0"], "--workers", workers);
    const caller = await connect(Bank, server.url);
    const thrown = await errorOf(caller.fail("undeclared"));
    const within = await errorOf(
      (async () => {
        for await (const item of caller.history("undeclared")) assert.ok(item > 0);
      })(),
    );
    await close(caller);
    const { said } = await server.endBy("SIGTERM");
    const lines = said.split("\n").filter((line) => line.startsWith("upcall: incident "));
    assert.equal(lines.length, 2);
    for (const [index, { incident: id }] of [thrown, within].entries())
      assert.match(
        lines[index] ?? "",
        new RegExp(`^upcall: incident ${id}: Bank\\.\\w+ \\(call \\d+ of 127\\.0\\.0\\.1:\\d+\\) threw TypeError`),
      );
  });
}

test("the small door takes both options", async () => {
  const told: IncidentReport[] = [];
  const server = await small.serve(Caller, real, "memory:small", {
    expose: "message",
    onError: (report) => told.push(report),
  });
  const caller = await small.connect(Caller, server.url);
  const error = await errorOf(caller.fail("small"));
  assert.deepEqual([error.message, error.incident], ["Caller.fail threw TypeError: small", told[0]?.incident]);
  await small.close(caller);
  await server.close();
});

suite("options", () => {
  const module = new URL("./real-bank.js", import.meta.url);
  const given = async (options: object): Promise<UpcallError> =>
    await errorOf((async () => await (await serve(Caller, real, "memory:options", options)).close())());

  test("what makes no sense is refused", async () => {
    for (const [options, text] of [
      [{ expose: "all" }, /expose is "all"; it must be one of "nothing", "message", "everything"/],
      [{ onError: "log" }, /onError is .* must be a function/],
    ] as const) {
      const error = await given(options);
      assert.deepEqual([error.code, error.reason], ["INVALID_ARGUMENT", "BAD_OPTION"]);
      assert.match(error.message, text);
      assert.match((await errorOf(open("memory:nobody", options as object))).message, text);
    }
  });

  for (const workers of ["threads:1", "processes:per-connection"] as const) {
    test(`onError cannot go to ${workers}`, async () => {
      const error = await errorOf(serve(module, "tcp://localhost:0", { workers, onError: () => {} }));
      assert.deepEqual([error.code, error.reason], ["UNIMPLEMENTED", "NOT_SUPPORTED"]);
      assert.match(error.message, /onError is a function, which cannot go there/);
    });
  }
});

suite("the line", () => {
  const report = (error: unknown): IncidentReport => ({
    incident: "0123456789abcdef",
    error,
    method: "A.b",
    peer: "p",
    call: 7,
  });

  test("has the id, the call, the stack and all causes, and is one", () => {
    const error = new TypeError("first\nupcall: incident 0000000000000000: forged", {
      cause: new AggregateError([new RangeError("a\u001b[2J"), "b\u2028c"], "several"),
    });
    const line = lineOf(report(error));
    assert.match(line, /^upcall: incident 0123456789abcdef: A\.b \(call 7 of p\) threw TypeError: first \| upcall: /);
    assert.match(line, /at .*incidents\.test\.js.* \| caused by AggregateError: several \| /);
    assert.match(line, /one of them RangeError: a\\u001b\[2J \| at .* \| one of them b\\u2028c$/);
    assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029]/u);
  });

  test("is bounded, whatever was thrown", () => {
    const circle = new Error("round");
    circle.cause = circle;
    const many = new AggregateError(
      Array.from({ length: 100_000 }, () => new Error("x")),
      "many",
    );
    const broken = Object.defineProperty(new Error("x"), "stack", {
      get: () => {
        throw new Error("again");
      },
    });
    for (const error of [
      circle,
      many,
      broken,
      new Error("x".repeat(1e6)),
      "\n".repeat(1e6),
      Object.create(null),
      null,
      undefined,
      Symbol("s"),
    ])
      assert.ok(lineOf(report(error)).length <= 16 * 1024);
    assert.equal(lineOf(report(circle)).split("caused by").length, 9);
    assert.equal(lineOf(report(many)).split("one of them").length, 16);
    assert.match(lineOf(report(broken)), /threw something that cannot be read$/);
    assert.match(lineOf(report(undefined)), /threw undefined$/);
  });

  test("goes to standard error by default", (t) => {
    const lines: unknown[] = [];
    t.mock.method(console, "error", (...args: unknown[]) => lines.push(args));
    new IncidentLog(systemClock).tell(report("x"));
    assert.deepEqual(lines, [["upcall: incident 0123456789abcdef: A.b (call 7 of p) threw x"]]);
  });
});

for (const workers of ofTier<readonly Workers[]>({ quick: ["threads:1"], gate: ["processes:1"], all: models })) {
  test(`${workers}: what is exposed is exposed there`, async () => {
    const bank = new URL("./real-bank.js", import.meta.url);
    await using server = await serve(Bank, bank, "tcp://localhost:0", { workers, expose: "everything" });
    await using caller = await connect(Bank, server.url);
    const { message, cause } = await errorOf(caller.fail("undeclared"));
    assert.equal(message, "Bank.fail threw TypeError: no luck at /srv/secret");
    assert.ok(cause instanceof TypeError && cause.cause instanceof RangeError);
    assert.match(cause.stack ?? "", /real-bank\.js/);
    const within = await errorOf(
      (async () => {
        for await (const item of caller.history("undeclared")) assert.ok(item > 0);
      })(),
    );
    assert.ok(within.cause instanceof TypeError && within.cause.cause instanceof RangeError);
  });
}
