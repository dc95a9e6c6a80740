// Calls with schemas (validation) from end to end: the caller gives the input, the object gets the output; slow and
// failing schemas.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, defineInterface, method, oneway, type Schema, serve, within } from "upcall";
import * as v from "valibot";
import { z } from "zod";
import { media } from "../harness/media.ts";

/** The same interface twice: what a library of schemas is called must not matter. */
const libraries = {
  zod: defineInterface("Checked", {
    add: method({ args: [z.coerce.number().int(), z.coerce.number().int()], returns: z.number() }),
    greet: method({
      args: [z.object({ name: z.string().min(1), tags: z.array(z.string()).default([]) })],
      returns: z.string(),
    }),
    wrong: method({ args: [], returns: z.number() }),
    note: oneway({ args: [z.string()] }),
  }),
  valibot: defineInterface("Checked", {
    add: method({
      args: [
        v.pipe(v.unknown(), v.transform(Number), v.integer()),
        v.pipe(v.unknown(), v.transform(Number), v.integer()),
      ],
      returns: v.number(),
    }),
    greet: method({
      args: [v.object({ name: v.pipe(v.string(), v.minLength(1)), tags: v.optional(v.array(v.string()), []) })],
      returns: v.string(),
    }),
    wrong: method({ args: [], returns: v.number() }),
    note: oneway({ args: [v.string()] }),
  }),
};

for (const [library, Checked] of Object.entries(libraries) as [string, (typeof libraries)["zod"]][]) {
  for (const medium of media) {
    test(`${library} over ${medium.name}: the caller gives the input, the object gets the output`, async () => {
      const seen: unknown[] = [];
      const notes: string[] = [];
      await using server = await serve(
        Checked,
        {
          add: (a, b) => {
            seen.push(a, b);
            return a + b;
          },
          greet: ({ name, tags }) => {
            seen.push(tags);
            return `hello ${name}`;
          },
          wrong: () => "text" as never,
          note: (text) => {
            notes.push(text);
          },
        },
        medium.url(),
      );
      await using proxy = await connect(Checked, server.url);
      assert.equal(await proxy.add("1", "2"), 3);
      assert.equal(await proxy.greet({ name: "Ada" }), "hello Ada");
      assert.deepEqual(seen, [1, 2, []]);
      const notExecuted = { code: "INVALID_ARGUMENT", reason: "BAD_ARGUMENT", outcome: "not-executed" };
      await assert.rejects(proxy.add("1", "two"), {
        ...notExecuted,
        message: /Checked\.add was not called: arguments\[1\]: /,
      });
      await assert.rejects(proxy.greet({ name: "" }), { ...notExecuted, message: /arguments\[0\]\.name: / });
      await assert.rejects(proxy.greet({ name: "x", tags: ["a", 5 as never] }), {
        ...notExecuted,
        message: /arguments\[0\]\.tags\[1\]: /,
      });
      await assert.rejects((proxy.add as (...args: unknown[]) => Promise<number>)("1", "2", "3"), {
        ...notExecuted,
        message: /takes 2 arguments and got 3/,
      });
      await assert.rejects(proxy.wrong(), {
        code: "INTERNAL",
        reason: "BAD_RESULT",
        outcome: "executed",
        message: /result: /,
      });
      await proxy.note(5 as never);
      await proxy.note("good");
      assert.equal(await proxy.add("0", "0"), 0);
      assert.deepEqual(notes, ["good"]);
      assert.equal(server.counters().badArguments, 5);
    });
  }
}

type Validate = Schema<unknown, unknown>["~standard"]["validate"];

function schema(validate: Validate): Schema<unknown, unknown> {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

test("a schema may take its time, on either way", async () => {
  const later = schema(async (value) => {
    await Promise.resolve();
    return value === "bad" ? { issues: [{ message: "no" }] } : { value: `checked ${String(value)}` };
  });
  const Late = defineInterface("Late", { echo: method({ args: [later], returns: later }) });
  await using server = await serve(
    Late,
    { echo: (value) => (value === "checked turn" ? "bad" : value) },
    "memory:late",
  );
  await using proxy = await connect(Late, server.url);
  assert.equal(await proxy.echo("x"), "checked checked x");
  await assert.rejects(proxy.echo("bad"), { reason: "BAD_ARGUMENT", outcome: "not-executed" });
  await assert.rejects(proxy.echo("turn"), { reason: "BAD_RESULT", outcome: "executed" });
});

test("a schema that throws or rejects costs its call, which did not run, and nothing else", async () => {
  const throws = schema(() => {
    throw new Error("broken schema");
  });
  const rejects = schema(async () => {
    throw new Error("broken schema");
  });
  let ran = 0;
  const Broken = defineInterface("Broken", {
    one: method({ args: [throws] }),
    two: method({ args: [rejects] }),
    both: method({ args: [rejects, throws] }),
    fine: method<() => number>(),
  });
  const run = (): void => {
    ran++;
  };
  await using server = await serve(Broken, { one: run, two: run, both: run, fine: () => 1 }, "memory:broken");
  await using proxy = await connect(Broken, server.url);
  for (const call of [proxy.one(1), proxy.two(1), proxy.both(1, 2)])
    await assert.rejects(call, { code: "INVALID_ARGUMENT", outcome: "not-executed" });
  assert.equal(await proxy.fine(), 1);
  assert.equal(ran, 0);
});

test("a caller who has gone while a schema took its time gets no upcall", async () => {
  let go: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  let entered: () => void = () => {};
  const checking = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const slow = schema(async (value) => {
    entered();
    await gate;
    return { value };
  });
  const Gated = defineInterface("Gated", { run: method({ args: [slow] }), ran: method<() => number>() });
  let ran = 0;
  await using server = await serve(
    Gated,
    {
      run: () => {
        ran++;
      },
      ran: () => ran,
    },
    "memory:gated",
  );
  await using proxy = await connect(Gated, server.url);
  const control = new AbortController();
  const call = assert.rejects(within(proxy, { signal: control.signal }).run(1), { code: "CANCELLED" });
  await checking;
  control.abort();
  await call;
  // The cancel has arrived when this answer has.
  assert.equal(await proxy.ran(), 0);
  go();
  assert.equal(await proxy.ran(), 0);
});
