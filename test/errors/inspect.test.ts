// Thrown values as a log shows them: causes, foreign realms and cycles, without running their code, and with an end.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect, defineInterface, method, serve, UpcallError } from "upcall";
import { described } from "#internal/inspect.js";
import { placesOf, startedKinds } from "../harness/every-model.ts";
import { media } from "../harness/media.ts";
import { foreign } from "./foreign.ts";

/** What must not be run. */
const forbidden = (): never => assert.fail("user code was run");

/** Its stack is made, and begins with the message that it had. */
function late(): Error {
  const error = new Error("first");
  assert.match(error.stack ?? "", /first/);
  error.message = "second";
  return error;
}

suite("a thrown value is told with all that is in it", () => {
  const cases: readonly (readonly [what: string, thrown: unknown, text: RegExp])[] = [
    [
      "an object",
      { status: 404, message: "missing in table users" },
      /^\{ status: 404, message: "missing in table users" \}$/,
    ],
    ["an array", [1, "a", [2n]], /^\[1, "a", \[2n\]\]$/],
    [
      "an object of a class",
      new (class Gone {
        readonly id = 7;
      })(),
      /^Gone \{ id: 7 \}$/,
    ],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), /^\{ a: 1 \}$/],
    ["names that are none", { "a b": 1, "a\nb": 2 }, /^\{ "a b": 1, "a\\nb": 2 \}$/],
    ["a date", new Date(0), /^1970-01-01T00:00:00\.000Z$/],
    ["bytes", new Uint8Array(12), /^Uint8Array\(12 bytes\)$/],
    ["a function", function lost() {}, /^\[function lost\]$/],
    ["a string", "no luck", /^no luck$/],
    ["nothing", undefined, /^undefined$/],
    ["null", null, /^null$/],
    ["a symbol", Symbol("s"), /^Symbol\(s\)$/],
    [
      "an object with a getter",
      {
        get secret(): never {
          return forbidden();
        },
      },
      /^\{ secret: \[getter\] \}$/,
    ],
    ["an object with an error in it", { why: new RangeError("x") }, /^\{ why: \[RangeError: x\] \}$/],
    [
      "an error's fields",
      Object.assign(new Error("query failed"), { code: "23505" }),
      /^Error: query failed \| at .* \{ code: "23505" \}$/,
    ],
    [
      "one of ours",
      new UpcallError("NOT_FOUND", "no"),
      /^UpcallError: no .* \{ code: "NOT_FOUND", reason: "THROWN", .*\}$/,
    ],
    ["a message that came later", late(), /^Error: second \| Error: first/],
    ["an error of another realm", foreign(), /^RangeError: out of range \| .* \| caused by Error: the index was 12/],
    [
      "several",
      new AggregateError([Object.assign(new Error("a"), { port: 1 }), { port: 2 }], "all"),
      /^AggregateError: all .* \| one of them Error: a .* \{ port: 1 \} \| one of them \{ port: 2 \}$/,
    ],
    ["an error whose cause is none", new Error("x", { cause: { port: 3 } }), /caused by \{ port: 3 \}$/],
  ];
  for (const [what, thrown, text] of cases) test(what, () => assert.match(described(thrown), text));
});

test("nothing that is thrown makes it throw, and none of its code is run that need not be", () => {
  const circle: Record<string, unknown> = { a: 1 };
  circle["self"] = circle;
  assert.equal(described(circle), "{ a: 1, self: [circular] }");
  const custom = { [Symbol.for("nodejs.util.inspect.custom")]: forbidden, toString: forbidden, toJSON: forbidden };
  assert.match(described(custom), /^\{ toString: \[function /);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.equal(described(proxy), "[something that cannot be read]");
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("no");
      },
    },
  );
  assert.equal(described(hostile), "[something that cannot be read]");
  assert.equal(described({ proxy, a: 1 }), "{ proxy: [something that cannot be read], a: 1 }");
});

test("it has an end, whatever was thrown", () => {
  let deep: object = {};
  for (let i = 0; i < 10_000; i++) deep = { deep };
  const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, { i }]));
  for (const thrown of [deep, wide, [wide, wide], Array.from({ length: 1e6 }, () => 1), { text: "x".repeat(1e6) }])
    assert.ok(described(thrown).length <= 16 * 1024);
  assert.match(described(wide), /, \.\.\. \d+ more \}$/);
  assert.match(described(Array.from({ length: 100 }, () => 1)), /, \.\.\. 36 more\]$/);
});

const Job = defineInterface("Job", { run: method<() => void>(), object: method<() => void>() });
const job = {
  run: () => {
    throw foreign();
  },
  object: () => {
    throw { status: 404, message: "missing in table users" };
  },
};
type Shown = Error & { cause?: Shown };

/** What a caller is shown of each. */
async function errorsAt(url: string): Promise<Shown[]> {
  await using caller = await connect(Job, url);
  const told = (error: Shown): Shown => error;
  return [await caller.run().then(() => assert.fail(), told), await caller.object().then(() => assert.fail(), told)];
}

function check([error, object]: readonly Shown[]): void {
  assert.equal(error?.message, "Job.run threw RangeError: out of range");
  assert.equal(error.cause?.message, "out of range");
  assert.ok(error.cause instanceof RangeError, "a class of this realm");
  assert.match(error.cause.stack ?? "", /out of range/);
  assert.equal(error.cause.cause?.message, "the index was 12");
  assert.equal(object?.message, 'Job.object threw object: { status: 404, message: "missing in table users" }');
}

for (const medium of media)
  test(`${medium.name}: errors of another realm and thrown objects are exposed as others are`, async () => {
    const expose = { expose: "everything", onError: () => {} } as const;
    await using server = await serve(Job, job, medium.url(), expose);
    check(await errorsAt(server.url));
    await using other = await serve(Job, job, medium.url(), { ...expose, expose: "message" });
    const [error] = await errorsAt(other.url);
    assert.deepEqual([error?.message, error?.cause], ["Job.run threw RangeError: out of range", undefined]);
  });

for (const { workers, url } of placesOf("foreign errors", { kinds: startedKinds, size: 1, sparing: true }))
  test(`${workers}: errors of another realm and thrown objects are exposed as others are`, async () => {
    const module = new URL("./foreign.js", import.meta.url);
    await using server = await serve(module, url(), { workers, expose: "everything" });
    check(await errorsAt(server.url));
  });

test("an error of another realm is no identity", async () => {
  await using server = await serve(Job, job, "memory:realms", { authenticate: () => foreign() });
  await assert.rejects(
    connect(Job, server.url).then((caller) => caller.run()),
    { code: "UNAUTHENTICATED" },
  );
});
