// Options at every public function: an unknown or misspelt name is refused with the one that may have been meant, and
// so is a value of the wrong type.
import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import * as main from "upcall";
import {
  callback,
  connect,
  DeclaredError,
  defineInterface,
  type Interceptor,
  implement,
  intercept,
  limitConcurrency,
  logging,
  method,
  oneway,
  open,
  retry,
  serve,
  timing,
  within,
} from "upcall";
import * as memory from "upcall/memory";
import { perConnection, perDatagram, socket } from "upcall/socket";
import { z } from "zod";
import { aBoolean, milliseconds, type OptionDeclarations, shapesAt } from "#internal/options.js";

const Vault = defineInterface("Vault", { open: method<() => string>() });
const vault = { open: () => "it is open" };
const server = await serve(Vault, vault, "memory:options");
const alone = await memory.serve(Vault, vault, "memory:options-alone");
const proxy = await connect(Vault, server.url);
const listening = await (async () => {
  const tcp = socket("tcp");
  await tcp.bind({ host: "127.0.0.1", port: 0 });
  return tcp.listen();
})();
const bound = socket("udp");
await bound.bind({ host: "127.0.0.1", port: 0 });
after(() => Promise.all([server.close(), alone.close(), main.close(proxy), listening.close(), bound.close()]));
let count = 0;
const fresh = (): string => `memory:options-${++count}`;
const module = new URL("./nothing.js", import.meta.url);
const logger = { info: () => {}, error: () => {} };

/** Says options, whatever they are, as JavaScript lets everybody do. */
type Say = (options: never) => unknown;

interface Public {
  /** Options that it knows. */
  readonly knows: readonly string[];
  readonly say: Say;
}

const endpoint = ["wire", "end", "limits", "observer", "onLeak", "interceptors", "onError", "expose"];
const serving = ["authenticate", "authorize", "reflection", "workers", "onConnection", "ambient", "insecure"];
const connecting = ["timeout", "connectTimeout", "token", "signal", "reconnect"];
const ofMethod = ["plain", "idempotent", "timeout", "idleTimeout", "errors", "borrows", "args", "returns"];
const signal = ["signal"];
class Declared extends DeclaredError("Declared") {}

const functions: Readonly<Record<string, Public>> = {
  "serve()": { knows: [...endpoint, ...serving], say: (options) => serve(Vault, vault, fresh(), options) },
  "serve() of an array": {
    knows: [...endpoint, ...serving],
    say: (options) => serve([implement(Vault, vault)], [fresh()], options),
  },
  "connect()": { knows: [...endpoint, ...connecting], say: (options) => connect(Vault, server.url, options) },
  "open()": { knows: [...endpoint, ...connecting], say: (options) => open(server.url, options) },
  "serve() of upcall/memory": {
    knows: ["limits", "observer", "onLeak", "onError", "expose", "interceptors"],
    say: (options) => memory.serve(Vault as never, vault as never, fresh(), options),
  },
  "connect() of upcall/memory": {
    knows: ["limits", "observer", "onLeak", "onError", "expose", "interceptors", "timeout", "reconnect"],
    say: (options) => memory.connect(Vault as never, alone.url, options),
  },
  "open() of upcall/memory": {
    knows: ["limits", "observer", "onLeak", "onError", "expose", "interceptors", "timeout", "reconnect"],
    say: (options) => memory.open(alone.url, options),
  },
  "within()": {
    knows: ["timeout", "idleTimeout", "signal", "metadata", "onMetadata"],
    say: (options) => within(proxy, options),
  },
  "method()": { knows: ofMethod, say: (options) => method(options) },
  "oneway()": { knows: ofMethod, say: (options) => oneway(options) },
  "callback()": { knows: ofMethod.filter((name) => name !== "plain"), say: (options) => callback(options) },
  "DeclaredError()": { knows: ["code", "data"], say: (options) => DeclaredError("Gone", options) },
  "an error's constructor": { knows: ["cause"], say: (options) => new Declared("x", undefined, options) },
  "implement()": { knows: ["per"], say: (options) => implement(Vault, vault, options) },
  "retry()": {
    knows: ["attempts", "budget", "perSecond", "base", "most", "clock", "random"],
    say: (options) => retry(options),
  },
  "limitConcurrency()": { knows: ["queue", "clock"], say: (options) => limitConcurrency(1, options) },
  "timing()": { knows: ["clock"], say: (options) => timing(() => {}, options) },
  "logging()": { knows: ["clock"], say: (options) => logging(logger, options) },
  "socket()": { knows: ["family"], say: (options) => socket("tcp", options) },
  "perConnection()": {
    knows: ["module", "onError", "threads", "processes"],
    say: (options) => perConnection(listening, typeof options === "object" ? merged(options) : options),
  },
  "perDatagram()": {
    knows: ["module", "onError", "threads", "processes"],
    say: (options) => perDatagram(bound, typeof options === "object" ? merged(options) : options),
  },
  "bind() of a TCP socket": { knows: signal, say: (options) => socket("tcp").bind(nowhere, options) },
  "connect() of a TCP socket": { knows: signal, say: (options) => socket("tcp").connect(nowhere, options) },
  "accept()": { knows: signal, say: (options) => listening.accept(options) },
  "bind() of a UDP socket": { knows: signal, say: (options) => socket("udp").bind(nowhere, options) },
  "connect() of a UDP socket": { knows: signal, say: (options) => socket("udp").connect(nowhere, options) },
  "sendto()": { knows: signal, say: (options) => bound.sendto("x", nowhere, options) },
  "recvfrom()": { knows: signal, say: (options) => bound.recvfrom(1_024, options) },
};
const nowhere = { host: "127.0.0.1", port: 1 };

/** With what cannot be left out; whatever is no object stays what it is. */
function merged(options: object): never {
  return (options?.constructor === Object ? { module, threads: 1, ...options } : options) as never;
}

/** What it said in the place of doing something. */
async function refusalOf(say: Say, options: unknown): Promise<string> {
  try {
    const made = await say(options as never);
    await (made as Partial<AsyncDisposable>)?.[Symbol.asyncDispose]?.();
  } catch (error) {
    assert.ok(error instanceof Error);
    const { code, reason, outcome } = error as main.UpcallError;
    assert.deepEqual([code, reason, outcome], ["INVALID_ARGUMENT", "BAD_OPTION", "not-executed"], error.message);
    return error.message;
  }
  return assert.fail(`${JSON.stringify(options)} was taken`);
}

for (const [name, { knows, say }] of Object.entries(functions))
  suite(name, () => {
    test("refuses a name that it does not know, with the nearest", async () => {
      for (const option of knows) {
        // A letter is left out, and so it is nobody's.
        const misspelt = `${option.slice(0, 2)}${option.slice(3)}`;
        if (option.length < 5 || knows.includes(misspelt)) continue;
        assert.match(
          await refusalOf(say, { [misspelt]: true }),
          new RegExp(`no option ${misspelt}\\b.*\\b${option}\\b`),
        );
      }
      assert.match(await refusalOf(say, { zzzzzzzzzzzz: null }), new RegExp(`zzz.*those it knows are .*${knows[0]}`));
      assert.match(await refusalOf(say, { toString: 1 }), /no option toString/);
    });

    test("refuses what is no object of options", async () => {
      const others = [
        "secret",
        ["secret"],
        5,
        null,
        () => {},
        new Map(),
        new Date(),
        new Error("x"),
        Promise.resolve(),
      ];
      for (const other of others) assert.match(await refusalOf(say, other), /options must be an object/);
      assert.doesNotMatch(await refusalOf(say, "secret"), /secret/, "it may be one");
      assert.match(await refusalOf(say, new AbortController()), /\{ signal: controller\.signal \}/);
      assert.match(await refusalOf(say, new AbortController().signal), /\{ signal: controller\.signal \}/);
    });
  });

test("a name that belongs elsewhere is told where", async () => {
  const elsewhere: readonly (readonly [string, string, RegExp])[] = [
    ["serve()", "token", /connect\(\) and open\(\)/],
    ["serve()", "reconnect", /connect\(\) and open\(\)/],
    ["serve()", "metadata", /within\(\)/],
    ["serve()", "message", /limits: \{ message: \.\.\. \}/],
    ["connect()", "authenticate", /serve\(\)/],
    ["connect()", "workers", /serve\(\)/],
    ["connect()", "onMetadata", /within\(\)/],
    ["connect()", "idempotent", /method\(\)/],
    ["connect()", "attempts", /retry\(\)/],
    ["within()", "token", /connect\(\) and open\(\)/],
    ["within()", "idempotent", /method\(\)/],
    ["method()", "metadata", /within\(\)/],
    ["callback()", "plain", /method\(\) and oneway\(\)/],
    ["retry()", "queue", /limitConcurrency\(\)/],
    ["implement()", "workers", /serve\(\)/],
    ["serve()", "authentikate", /authenticate/],
    ["connect()", "authentikate", /authenticate, which is one of serve\(\)/],
  ];
  for (const [where, option, said] of elsewhere) {
    const say = functions[where]?.say ?? assert.fail(where);
    assert.match(await refusalOf(say, { [option]: true }), said, `${option} given to ${where}`);
  }
});

test("options that a medium or a wire declares are known where they may be said", () => {
  const medium: OptionDeclarations = {
    both: { at: ["serve", "connect"], shape: aBoolean },
    callers: { at: ["connect"], shape: milliseconds },
  };
  assert.deepEqual(shapesAt("connect", [medium, {}]), { both: aBoolean, callers: milliseconds });
  assert.deepEqual(shapesAt("serve", [medium]), { both: aBoolean });
});

test("what stands for undefined, what is inherited and what has a symbol for a name says nothing", async () => {
  const { say } = functions["within()"] ?? assert.fail();
  for (const options of [undefined, {}, { timout: undefined }, Object.create({ timout: 5 }), { [Symbol("timout")]: 5 }])
    await say(options as never);
  assert.equal(await within(proxy, Object.create(null) as object).open(), "it is open");
  class Terms {
    readonly timeout = 5_000;
  }
  assert.equal(await within(proxy, new Terms()).open(), "it is open");
});

suite("a value that cannot be meant is refused by its option's name", () => {
  const wrong: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
    "serve()": {
      observer: [5, "x", {}, null, [() => {}, 5]],
      onConnection: [true, {}],
      onError: ["x"],
      onLeak: [[]],
      reflection: ["no", 0, null],
      ambient: ["yes", 1],
      insecure: ["true"],
      limits: [5, [], "x", null],
      interceptors: [{}, [5], "retry", retry(), [retry], [limitConcurrency], [timing], [logging], [intercept]],
      wire: ["tcp", 5],
      expose: ["all", true],
      workers: ["thread", 4],
      authenticate: [5, null, {}],
      authorize: [true],
    },
    "connect()": {
      timeout: [0, -1, Number.NaN, "100", Number.POSITIVE_INFINITY],
      connectTimeout: [0, -1, Number.NaN, "100"],
      token: [5, {}, true, ["x"]],
      signal: [new AbortController(), {}, true, null],
      reconnect: ["no", 0, null],
      observer: [{}],
      interceptors: [[retry]],
    },
    "connect() of upcall/memory": { reconnect: ["no"], timeout: [0, "1"], limits: ["x"] },
    "within()": {
      timeout: [0, -1, Number.NaN, "100"],
      idleTimeout: [0, "100"],
      signal: [new AbortController(), {}, null],
      metadata: ["tenant", 5, [], new Map()],
      onMetadata: [1, {}],
    },
    "method()": { idempotent: ["no"], borrows: [1] },
    "implement()": { per: ["call ", 5] },
    "retry()": { clock: [5, {}], random: [0.5], attempts: [0, "3"] },
    "limitConcurrency()": { queue: [-1, "x"], clock: [() => 1] },
    "timing()": { clock: [Date] },
    "socket()": { family: ["ipv5", 4] },
    "perConnection()": { onError: ["x"], threads: [0, "2"] },
    "accept()": { signal: [new AbortController()] },
  };
  for (const [name, options] of Object.entries(wrong))
    test(name, async () => {
      const say = functions[name]?.say ?? assert.fail(name);
      for (const [option, values] of Object.entries(options))
        for (const value of values)
          if (name !== "perConnection()" || option !== "threads")
            assert.match(await refusalOf(say, { [option]: value }), new RegExp(`\\b${option}\\b`));
    });

  test("a token is not shown, whatever it is", async () => {
    const { say } = functions["connect()"] ?? assert.fail();
    assert.doesNotMatch(await refusalOf(say, { token: 5e70 }), /5e\+?70/);
  });

  test("a controller is told from its signal, and a function from the one that makes it", async () => {
    const { say } = functions["connect()"] ?? assert.fail();
    assert.match(await refusalOf(say, { signal: new AbortController() }), /write controller\.signal/);
    assert.match(await refusalOf(say, { interceptors: [retry] }), /write retry\(\)/);
    assert.throws(() => timing(undefined as never), { reason: "BAD_OPTION" });
    assert.throws(() => logging(console.log as never), { reason: "BAD_OPTION" });
  });
});

test("a limit that is not known is refused with the nearest", async () => {
  await assert.rejects(serve(Vault, vault, fresh(), { limits: { mesage: 5 } as object }), /did you mean message\?/);
});

test("a map that travels is no object of options, and its names are the program's own", async () => {
  const Echo = defineInterface("Echo", { echo: method({ args: [z.any()], returns: z.any() }) });
  await using served = await serve(Echo, { echo: (value) => value }, fresh());
  await using echo = await connect(Echo, served.url);
  const value = { timout: 5, authenticat: "x" };
  assert.deepEqual(await echo.echo(value), value);
});

test("a class, a path or a URL object in a place that it cannot stand in is named", async () => {
  class RealVault {
    open(): string {
      return "it is open";
    }
  }
  const said = { code: "INVALID_ARGUMENT", outcome: "not-executed" } as const;
  await assert.rejects(serve(Vault, RealVault as never, fresh()), {
    ...said,
    message: /class RealVault.*new RealVault\(\)/,
  });
  await assert.rejects(serve(RealVault as never, fresh()), { ...said, message: /class RealVault/ });
  for (const per of ["connection", "call"] as const)
    assert.throws(() => implement(Vault, RealVault as never, { per }), { ...said, message: /class RealVault/ });
  for (const path of ["./vault.js", "file:///srv/vault.js"]) {
    await assert.rejects(serve(Vault, path as never, fresh(), { workers: "threads:1" } as never), {
      message: /new URL\(/,
    });
    await assert.rejects(serve(path as never, fresh()), { ...said, message: /new URL\(/ });
  }
  const url = new URL("tcp://localhost:7000");
  await assert.rejects(connect(Vault, url as never), { ...said, reason: "BAD_URL", message: /URL object.*url\.href/ });
  await assert.rejects(serve(Vault, vault, url as never), { ...said, reason: "BAD_URL", message: /URL object/ });
  const passes: Interceptor = (_, next) => next();
  await (await serve(Vault, vault, fresh(), { interceptors: [passes] })).close();
});
