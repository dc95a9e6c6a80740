// Schemas (validation of arguments and results) with zod and valibot: what does not fit is refused with its place.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect, defineInterface, type Implementation, method, type ProxyOf, serve, UpcallError } from "upcall";
import * as v from "valibot";
import { z } from "zod";

/** One interface, written with the schemas of two libraries that know nothing of upcall. */
const byZod = defineInterface("Accounts", {
  open: method({
    args: [z.object({ owner: z.string().min(1), at: z.string().transform((text) => new Date(text)) })],
    returns: z.object({ id: z.number().int() }),
  }),
});
const byValibot = defineInterface("Accounts", {
  open: method({
    args: [
      v.object({
        owner: v.pipe(v.string(), v.minLength(1)),
        at: v.pipe(
          v.string(),
          v.transform((text) => new Date(text)),
        ),
      }),
    ],
    returns: v.object({ id: v.pipe(v.number(), v.integer()) }),
  }),
});

for (const [library, Accounts] of [
  ["zod", byZod],
  ["valibot", byValibot],
] as const) {
  suite(`schemas of ${library}`, () => {
    /** Calls one method body with one argument, both of any kind. */
    const call = async (argument: unknown, body: (account: { owner: string; at: Date }) => unknown) => {
      let entered = 0;
      const open = (account: { owner: string; at: Date }): { id: number } => {
        entered++;
        return body(account) as { id: number };
      };
      await using _server = await serve(Accounts as typeof byZod, { open }, `memory:${library}`);
      await using accounts: ProxyOf<typeof byZod> = await connect(Accounts as typeof byZod, `memory:${library}`);
      const gave = await accounts.open(argument as { owner: string; at: string }).catch((error: unknown) => error);
      return { gave, entered };
    };
    const good = { owner: "Ada", at: "2026-11-24T00:00:00Z" };

    test("the object gets the schema's output, the caller the result", async () => {
      let got: unknown;
      const { gave } = await call(good, (account) => {
        got = account;
        return { id: 7 };
      });
      assert.deepEqual(got, { owner: "Ada", at: new Date("2026-11-24T00:00:00Z") });
      assert.deepEqual(gave, { id: 7 });
    });

    test("an argument that does not fit is refused with its place, and the method does not run", async () => {
      const { gave, entered } = await call({ owner: "", at: "2026-11-24" }, () => ({ id: 7 }));
      assert.ok(gave instanceof UpcallError);
      assert.deepEqual([gave.code, gave.reason, gave.outcome], ["INVALID_ARGUMENT", "BAD_ARGUMENT", "not-executed"]);
      assert.match(gave.message, /^Accounts\.open was not called: arguments\[0\]\.owner/);
      assert.equal(entered, 0);
    });

    test("a result that does not fit is the implementation's fault, and the method has run", async () => {
      const { gave, entered } = await call(good, () => ({ id: "seven" }));
      assert.ok(gave instanceof UpcallError);
      assert.deepEqual([gave.code, gave.reason, gave.outcome], ["INTERNAL", "BAD_RESULT", "executed"]);
      assert.match(gave.message, /result\.id/);
      assert.equal(entered, 1);
    });
  });
}

// Code that must compile, and lines that must not.
const implementation: Implementation<typeof byValibot> = {
  open: ({ owner, at }) => ({ id: owner.length + at.getDate() }),
};
void implementation;
// @ts-expect-error the object gets a Date, which has no length
const wrong: Implementation<typeof byZod> = { open: ({ at }) => ({ id: at.length }) };
void wrong;
