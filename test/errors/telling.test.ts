// What of a thrown error the caller is told, on virtual time: declared errors, messages, causes and ids; by `expose`,
// also texts and stacks.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  connect,
  DeclaredError,
  defineInterface,
  type IncidentReport,
  implement,
  method,
  type Schema,
  serve,
  UpcallError,
} from "upcall";
import { ofCall } from "#internal/errors.js";
import { failureOf } from "#internal/failure/encode-error.js";
import { Session } from "#internal/session/native/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { kind } from "#internal/wire/native/frame.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { AloneClient } from "../harness/alone.ts";
import { type LinkEnd, link } from "../harness/link.ts";
import { clientSession, errorOf, newEndpoint, type Settled, type Terms } from "../harness/sessions.ts";
import { bodyOf } from "../harness/stranger.ts";
import { ofTier } from "../harness/tier.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

/** What is an error's own, as a plain object. */
const ownOf = (error: unknown): object => Object.fromEntries(Object.entries(error as object));

class Full extends DeclaredError<unknown>("Full", { code: "RESOURCE_EXHAUSTED" }) {}

const Thrower = defineInterface("Thrower", {
  fail: method<() => void>({ errors: [Full] }),
  give: method<() => unknown>({ plain: "value" }),
});

/** A server that throws what it is given, and a caller of it. */
class Throwing {
  readonly clock: VirtualClock = new VirtualClock();
  readonly incidents: IncidentReport[] = [];
  readonly #client: Session;
  readonly closed: (UpcallError | null)[];
  readonly #far: LinkEnd;
  thrown: unknown;
  given: unknown;

  constructor({ expose, limits = {} }: Pick<Terms, "expose" | "limits"> = {}) {
    const [near, far] = link();
    const { session, closed } = clientSession(newEndpoint(this.clock), near, { interfaces: [Thrower] });
    this.#client = session;
    this.closed = closed;
    this.#far = far;
    const endpoint = newEndpoint(this.clock, limits, null, this.incidents, expose);
    const served = implement(Thrower, {
      fail: () => {
        throw this.thrown;
      },
      give: () => this.given,
    });
    void new Session(endpoint, far, {
      role: "accepted",
      dispatcher: new InlineDispatcher(endpoint, new SkeletonTable([served])),
      interfaces: [],
      timeout: 30_000,
      onDraining: null,
      onClosed: () => {},
    });
  }

  /** Every byte that left. */
  get left(): string {
    return Buffer.concat(this.#far.written).toString("latin1");
  }

  /** What the caller is told; a call behind it must go well. */
  async told(thrown: unknown): Promise<UpcallError> {
    this.thrown = thrown;
    return await this.#errorOf(0);
  }

  /** The same of a result. */
  async toldOf(given: unknown): Promise<UpcallError> {
    this.given = given;
    return await this.#errorOf(1);
  }

  async #errorOf(index: number): Promise<UpcallError> {
    const call = this.#call(index);
    await this.clock.settle();
    const error = errorOf(call);
    this.given = "well";
    const next = this.#call(1);
    await this.clock.settle();
    assert.deepEqual(next.settled, { value: "well" });
    assert.deepEqual(this.closed, []);
    return error;
  }

  #call(index: number): { settled: Settled | null } {
    const entry = Thrower.table[index];
    assert.ok(entry);
    const result: { settled: Settled | null } = { settled: null };
    this.#client.call(this.#client.announce(Thrower) + index, entry, [], null).then(
      (value) => {
        result.settled = { value };
      },
      (error: UpcallError) => {
        result.settled = { error };
      },
    );
    return result;
  }
}

const secret = (): never => {
  throw new TypeError("secret");
};

function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  for (let { cause } = error; cause instanceof Error; { cause } = cause) causes.push(cause);
  return causes;
}

/** All that can be read of an error. */
const textOf = (error: Error): string =>
  [error, ...causesOf(error)].map(({ message, stack }) => `${message} ${stack}`).join();

suite("data that cannot be sent leaves code and message, and a cause that says so", () => {
  class Point {}
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  let deep: unknown = [];
  for (let depth = 0; depth < 10_000; depth++) deep = [deep];
  const bad: readonly (readonly [string, unknown, RegExp])[] = [
    ["a function", () => {}, /is a function/],
    ["an instance of a class", { at: new Point() }, /is an instance of class Point/],
    ["half a character", "\ud800", /lone surrogate/],
    ["contains itself", circle, /contains itself|too deep|levels/],
    ["10,000 levels", deep, /levels/],
    [
      "a getter that throws",
      {
        get it() {
          return secret();
        },
      },
      /cannot be read/,
    ],
    ["a proxy that refuses everything", new Proxy({}, { ownKeys: secret, getPrototypeOf: secret }), /cannot be read/],
    ["longer than a message may be", "x".repeat(2000), /bytes long; the limit is 1000/],
  ];
  for (const [name, data, text] of bad) {
    test(name, async () => {
      const throwing = new Throwing({ limits: { message: 1000 } });
      const error = await throwing.told(new Full("full", data));
      assert.equal(error instanceof Full, false);
      assert.deepEqual(
        [error.code, error.reason, error.outcome, error.message],
        ["RESOURCE_EXHAUSTED", "THROWN", "executed", "full"],
      );
      assert.ok(error.cause instanceof UpcallError);
      assert.deepEqual([error.cause.code, error.cause.reason], ["INTERNAL", "BAD_RESULT"]);
      assert.match(error.cause.message, text);
      assert.doesNotMatch(textOf(error), /secret/);
    });
  }
});

suite("causes", () => {
  test("a circle, and 10,000 in each other, are cut", async () => {
    const throwing = new Throwing();
    const circle = new UpcallError("ABORTED", "round");
    Object.defineProperty(circle, "cause", { value: circle });
    assert.equal(causesOf(await throwing.told(circle)).length, 8);
    let chain = new UpcallError("ABORTED", "0");
    for (let index = 1; index <= 10_000; index++) chain = new UpcallError("ABORTED", `${index}`, { cause: chain });
    assert.deepEqual(
      causesOf(await throwing.told(chain)).map(({ message }) => message),
      ["9999", "9998", "9997", "9996", "9995", "9994", "9993", "9992"],
    );
  });

  test("of a hundred beside each other 16 are told of, and 64 of all", async () => {
    const throwing = new Throwing();
    const length = ofTier({ quick: 100, gate: 100, all: 1_000 });
    const many = (one: () => Error): AggregateError => new AggregateError(Array.from({ length }, one), "many");
    const flat = await throwing.told(many(() => new UpcallError("ABORTED", "one")));
    assert.ok(flat.cause instanceof AggregateError);
    assert.equal(flat.cause.errors.length, 16);
    const tree = await throwing.told(many(() => many(() => new UpcallError("ABORTED", "one"))));
    assert.ok(tree.cause instanceof AggregateError);
    const inner = tree.cause.errors.flatMap((one: AggregateError) => [one, ...one.errors]);
    assert.ok(inner.length > 16 && inner.length < 64, `${inner.length}`);
  });

  test("errors that break when they are looked at are left out", async () => {
    const throwing = new Throwing();
    const hostile = [
      new Proxy(new Error("x"), { getPrototypeOf: secret }),
      new Proxy(new UpcallError("ABORTED", "x"), { get: secret }),
      Object.defineProperty(new UpcallError("ABORTED", "x"), "message", { get: secret }),
      Object.defineProperty(new AggregateError([], "x"), "errors", { get: secret }),
      Object.defineProperty(new AggregateError([], "x"), "errors", { value: new Proxy([], { get: secret }) }),
      "text",
      5,
      Symbol("s"),
    ];
    for (const cause of hostile) {
      const error = await throwing.told(new UpcallError("ABORTED", "outer", { cause }));
      assert.deepEqual([error.code, error.message, error.cause], ["ABORTED", "outer", undefined]);
      // Thrown itself, it is an incident or an error of upcall; its text is nowhere.
      assert.doesNotMatch(textOf(await throwing.told(cause)), /secret/);
    }
  });

  test("an error that says it has a code of its own making has UNKNOWN", async () => {
    const throwing = new Throwing();
    const odd = Object.defineProperty(new UpcallError("ABORTED", "odd"), "code", { value: Symbol("no") });
    assert.equal((await throwing.told(odd)).code, "UNKNOWN");
    const cause = Object.defineProperty(new UpcallError("ABORTED", "odd"), "outcome", { value: {} });
    const error = await throwing.told(new UpcallError("ABORTED", "outer", { cause }));
    assert.equal((error.cause as UpcallError).outcome, "unknown");
  });
});

suite("what leaves the side that threw", () => {
  class Elsewhere extends DeclaredError<string>("Elsewhere") {}

  test("no name and no data of an error that the method does not declare, neither itself nor as a cause", async () => {
    const throwing = new Throwing();
    await throwing.told(new Elsewhere("from far", "the combination"));
    await throwing.told(new UpcallError("ABORTED", "outer", { cause: new Elsewhere("from far", "the combination") }));
    await throwing.told(new AggregateError([new Elsewhere("from far", "the combination")], "the combination"));
    assert.match(throwing.left, /from far/);
    assert.doesNotMatch(throwing.left, /combination|Elsewhere/);
    await throwing.told(new Full("declared", "the data"));
    assert.match(throwing.left, /Full.*the data/s);
  });

  test("what a method threw has run, unless it states that nothing was done, and not for another one", async () => {
    const throwing = new Throwing();
    const terms = { reason: "BUSY", outcome: "not-executed" } as const;
    const stated = await throwing.told(new UpcallError("RESOURCE_EXHAUSTED", "no room", terms));
    assert.deepEqual([stated.reason, stated.outcome], ["BUSY", "not-executed"]);
    for (const reason of ["CLOSED", "EXPIRED", "CONNECTION_REFUSED"] as const) {
      const other = await throwing.told(new UpcallError("UNAVAILABLE", "no", { reason, outcome: "not-executed" }));
      assert.deepEqual([other.reason, other.outcome], ["THROWN", "executed"]);
    }
    const own = await throwing.told(ofCall(new UpcallError("RESOURCE_EXHAUSTED", "of another server", terms)));
    const declared = await throwing.told(
      Object.defineProperties(new Full("full", 5), { outcome: { value: "unknown" } }),
    );
    assert.ok(declared instanceof Full);
    for (const error of [own, declared])
      assert.deepEqual([error.code, error.reason, error.outcome], ["RESOURCE_EXHAUSTED", "THROWN", "executed"]);
  });

  test("no word of what is no error of upcall", async () => {
    const throwing = new Throwing();
    await throwing.told(new RangeError("the secret", { cause: new UpcallError("ABORTED", "the secret") }));
    await throwing.told(new UpcallError("ABORTED", "told", { cause: new RangeError("the secret") }));
    await throwing.told(new AggregateError([new RangeError("the secret"), "the secret"], "the secret"));
    assert.match(throwing.left, /told/);
    assert.doesNotMatch(throwing.left, /secret|RangeError|stack|telling\.test/);
  });

  test("no more than 8 causes in each other, 16 errors beside each other, and 64 altogether", () => {
    let chain = new UpcallError("ABORTED", "0");
    for (let index = 1; index <= 100; index++) chain = new UpcallError("ABORTED", `${index}`, { cause: chain });
    assert.equal(JSON.stringify(failureOf(chain)).split('"cause"').length - 1, 8);
    const many = (one: Error): Error =>
      new AggregateError(
        Array.from({ length: 100 }, () => one),
        "many",
      );
    const flat = failureOf(new UpcallError("ABORTED", "x", { cause: many(new UpcallError("ABORTED", "y")) }));
    assert.equal((flat["cause"] as { errors: unknown[] }).errors.length, 16);
    const tree = failureOf(new UpcallError("ABORTED", "x", { cause: many(many(new UpcallError("ABORTED", "y"))) }));
    assert.ok(JSON.stringify(tree).split('"message"').length - 1 <= 65);
  });
});

suite("what is exposed", () => {
  const unlucky = (): Error =>
    new TypeError("no luck", { cause: new AggregateError([new RangeError("far"), "text"], "several") });

  test("nothing: an id; the server is told all", async () => {
    const throwing = new Throwing();
    const thrown = unlucky();
    const error = await throwing.told(thrown);
    assert.doesNotMatch(textOf(error), /luck|far|several|test\/errors/);
    assert.equal(throwing.incidents.length, 1);
    assert.equal(throwing.incidents[0]?.error, thrown);
    assert.deepEqual([throwing.incidents[0]?.incident, error.cause], [error.incident, undefined]);
  });

  test("message: its text, and neither stack nor causes", async () => {
    const throwing = new Throwing({ expose: "message" });
    const error = await throwing.told(unlucky());
    assert.deepEqual([error.message, error.cause], ["Thrower.fail threw TypeError: no luck", undefined]);
    assert.doesNotMatch(textOf(error), /far|several|test\/errors/);
    assert.equal(throwing.incidents[0]?.incident, error.incident);
  });

  test("everything: the error itself is the cause, with its stack and its causes", async () => {
    const throwing = new Throwing({ expose: "everything" });
    const thrown = unlucky();
    const error = await throwing.told(thrown);
    assert.deepEqual([error.code, error.message], ["UNKNOWN", "Thrower.fail threw TypeError: no luck"]);
    assert.ok(error.cause instanceof TypeError);
    assert.deepEqual([error.cause.message, error.cause.stack], ["no luck", thrown.stack]);
    assert.ok(error.cause.cause instanceof AggregateError);
    assert.equal(error.cause.cause.message, "several");
    const [far, ...others] = error.cause.cause.errors as Error[];
    assert.ok(far instanceof RangeError);
    assert.equal(others.length, 0);
    assert.match(far.stack ?? "", /telling\.test/);
  });

  test("everything: their own fields as well, those that can be sent, and none of upcall's own names", async () => {
    const inner = Object.assign(new TypeError("inner"), { status: 503 });
    const thrown = Object.assign(new Error("secret", { cause: inner }), {
      code: "ENOENT",
      errno: -2,
      body: { why: "gone" },
      request: () => {},
      half: "\ud800",
      nested: inner,
    });
    const { cause, code } = await new Throwing({ expose: "everything" }).told(thrown);
    assert.equal(code, "UNKNOWN");
    assert.ok(cause instanceof Error && cause.cause instanceof TypeError);
    const { nested, ...others } = ownOf(cause) as { nested?: unknown };
    assert.deepEqual(others, { code: "ENOENT", errno: -2, body: { why: "gone" }, half: "\ufffd" });
    assert.ok(nested instanceof TypeError && Reflect.get(nested, "status") === 503);
    assert.deepEqual(ownOf(cause.cause), { status: 503 });
    for (const expose of ["nothing", "message"] as const) {
      const { cause: hidden } = await new Throwing({ expose }).told(thrown);
      assert.equal(hidden, undefined);
    }
  });

  test("causes of an error of upcall that are none are shown with everything only", async () => {
    const thrown = new UpcallError("ABORTED", "outer", { cause: unlucky() });
    assert.equal((await new Throwing().told(thrown)).cause, undefined);
    assert.equal((await new Throwing({ expose: "message" }).told(thrown)).cause, undefined);
    const { cause } = await new Throwing({ expose: "everything" }).told(thrown);
    assert.ok(cause instanceof TypeError && cause.cause instanceof AggregateError);
  });

  for (const [expose, shown] of [
    [
      "nothing",
      /^Thrower\.give returned what cannot be sent; the log of the other side has the reason, under 0707070707070707$/,
    ],
    ["message", /its getter threw: secret/],
  ] as const) {
    test(`${expose}: a getter of a result that throws`, async () => {
      const throwing = new Throwing({ expose });
      const error = await throwing.toldOf({
        get it() {
          return secret();
        },
      });
      assert.deepEqual([error.code, error.reason, error.outcome], ["INTERNAL", "BAD_RESULT", "executed"]);
      assert.match(error.message, shown);
      assert.equal(String(throwing.incidents[0]?.error), "TypeError: secret");
      assert.equal(throwing.incidents[0]?.incident, error.incident);
    });
  }

  test("a result that is of no kind that travels is no incident", async () => {
    const throwing = new Throwing();
    const error = await throwing.toldOf(() => {});
    assert.match(error.message, /^Thrower\.give returned what cannot be sent: cannot send result: it is a function/);
    assert.deepEqual([error.incident, throwing.incidents], [null, []]);
  });
});

suite("schemas", () => {
  const throwing = (thrown: unknown): Schema => ({
    "~standard": {
      version: 1,
      vendor: "test",
      validate: () => {
        throw thrown;
      },
    },
  });
  const proxy = new Proxy({}, { getPrototypeOf: secret });

  for (const [expose, text] of [
    [
      "nothing",
      /^the arguments of Odd\.take could not be checked; the log of the other side has the reason, under [0-9a-f]{16}$/,
    ],
    ["message", /could not be checked: secret/],
  ] as const) {
    test(`${expose}: one of arguments that throws is told like anything that user code throws`, async () => {
      const told: IncidentReport[] = [];
      const Odd = defineInterface("Odd", {
        take: method({ args: [throwing(new TypeError("secret"))] }),
        give: method({ args: [], returns: throwing(new TypeError("secret")) }),
        break: method({ args: [throwing(proxy)] }),
        tell: method({ args: [throwing(new UpcallError("ABORTED", "not today"))] }),
      });
      const real = { take() {}, give: () => 5, break() {}, tell() {} };
      await using server = await serve(Odd, real, `memory:odd-${expose}`, { expose, onError: (one) => told.push(one) });
      await using odd = await connect(Odd, server.url);
      const take = await failed(odd.take(1));
      assert.deepEqual([take.code, take.reason, take.outcome], ["INVALID_ARGUMENT", "BAD_ARGUMENT", "not-executed"]);
      assert.match(take.message, text);
      const give = await failed(odd.give());
      assert.deepEqual([give.code, give.reason, give.outcome], ["UNKNOWN", "THROWN", "executed"]);
      assert.equal((await failed(odd.break(1))).code, "INVALID_ARGUMENT");
      assert.match((await failed(odd.tell(1))).message, /could not be checked: not today$/);
      assert.deepEqual(
        told.map(({ method: name }) => name),
        ["Odd.take", "Odd.give", "Odd.break"],
      );
      assert.deepEqual([told[0]?.incident, told[1]?.incident], [take.incident, give.incident]);
    });
  }
});

async function failed(promise: PromiseLike<unknown>): Promise<UpcallError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof UpcallError, String(error));
    return error;
  }
  return assert.fail("it was fulfilled");
}

suite("failures of a hostile server", () => {
  test("cost their calls, and the connection goes on", async () => {
    const alone = new AloneClient();
    alone.server.welcome();
    const base = { code: "ABORTED", reason: "THROWN", outcome: "executed", message: "m" };
    const head = [0x81, 0xa5, ...Buffer.from("cause")];
    const bodies = [
      bodyOf({ ...base, name: "__proto__", data: { a: 1 } }),
      bodyOf({
        ...base,
        cause: { ...base, cause: { name: "AggregateError", message: "", errors: Array(5000).fill(base) } },
      }),
      Uint8Array.from([...Array.from({ length: 10_000 }, () => head).flat(), 0xc0]),
      bodyOf({ ...base, incident: "x".repeat(100_000), stack: "x".repeat(100_000) }),
      new Uint8Array(1000).fill(0x81),
    ];
    const calls = bodies.map((_, index) => alone.call("wait", [`${index}`]));
    const last = alone.call("wait", ["last"]);
    await alone.clock.settle();
    bodies.forEach((body, index) => {
      alone.server.send(kind.failure, { call: index + 1 }, body);
    });
    alone.server.send(kind.reply, { call: bodies.length + 1 }, bodyOf("well"));
    await alone.clock.settle();
    assert.deepEqual(
      calls.map((call) => errorOf(call).code),
      ["ABORTED", "ABORTED", "INTERNAL", "ABORTED", "INTERNAL"],
    );
    assert.deepEqual(last.settled, { value: "well" });
    assert.deepEqual(alone.closed, []);
    assert.deepEqual(Object.keys(Object.prototype), []);
  });
});
