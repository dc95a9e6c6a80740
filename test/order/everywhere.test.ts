// The order of calls over every medium, to every model of workers: calls of one proxy, or of one reference, enter the
// object in the order in which they were made, however long each is. A pool of several workers enters nothing in order,
// but hands its calls out so: it is looked at with one worker.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, type Limits, open, type ProxyOf, type Server, serve, within } from "upcall";
import { everyModel } from "../harness/every-model.ts";
import { fc } from "../harness/properties.ts";
import { ofTier } from "../harness/tier.ts";
import { Book, type Page } from "./order-subject.ts";

const module = new URL("./modules/order.js", import.meta.url);
const limits: Partial<Limits> = { queueTime: 60_000 };
const long = 300_000;

const step = fc.record({
  order: fc.nat(2),
  noReply: fc.boolean(),
  length: fc.oneof(fc.nat(2_000), fc.integer({ min: 100_000, max: 900_000 })),
  ends: fc.constantFrom("settles" as const, "settles" as const, "settles" as const, "cancelled" as const),
  waits: fc.constantFrom(false, false, true),
});

everyModel("order", { size: 1, sparing: true }, ({ workers, url }) => {
  let server: Server;
  before(async () => {
    server = await serve(Book, module, url(), { workers, limits });
  });
  after(() => server.close());

  test("a short call enters after the long one before it, and so does what follows an awaited oneway", async () => {
    await using connection = await open(server.url);
    const book = connection.proxy(Book);
    for (let round = 0; round < 3; round++) {
      const text = "x".repeat(long);
      const promised = book.page("");
      const made = [
        book.put("long", text),
        book.put("short", ""),
        promised.put("page", text),
        promised.put("line", ""),
      ];
      const page = await promised;
      made.push(page.put("last", ""));
      await Promise.all(made);
      await book.note("note", text);
      const entered = await book.entered();
      const ofBook: readonly string[] = entered.filter((one) => one === "long" || one === "short" || one === "note");
      assert.deepEqual(ofBook, ["long", "short", "note"]);
      assert.deepEqual(
        entered.filter((one) => !ofBook.includes(one)),
        ["page", "line", "last"],
      );
      await close(page);
    }
  });

  test("so do calls of mixed lengths, oneways and cancelled ones, on two proxies and a reference", async () => {
    await using connection = await open(server.url);
    const book = connection.proxy(Book);
    const page = await book.page("");
    const orders: readonly Pick<ProxyOf<typeof Page>, "put" | "note">[] = [book, connection.proxy(Book), page];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), async (steps) => {
        const made: Promise<unknown>[] = [];
        const surely: string[] = [];
        for (const [i, { order, noReply, length, ends, waits }] of steps.entries()) {
          const controller = new AbortController();
          const proxy = orders[order] ?? book;
          const one = ends === "settles" ? proxy : within(proxy, { signal: controller.signal });
          const called = `${order}-${i}`;
          const call = noReply ? one.note(called, "x".repeat(length)) : one.put(called, "x".repeat(length));
          made.push(call.catch(() => {}));
          if (ends === "settles") surely.push(called);
          else if (i % 2 === 0) controller.abort();
          else setImmediate(() => controller.abort());
          if (waits) await call.catch(() => {});
        }
        await Promise.all(made);
        // What was cancelled may still enter: after this, on each order, it has.
        await Promise.all(orders.map((proxy, order) => proxy.put(`${order}-${steps.length}`, "")));
        const entered = await book.entered();
        for (const order of [0, 1, 2]) {
          const mine = entered.filter((one) => one.startsWith(`${order}-`)).map((one) => Number(one.slice(2)));
          assert.deepEqual(
            mine,
            mine.toSorted((a, b) => a - b),
          );
        }
        for (const called of surely) assert.ok(entered.includes(called), `${called} did not enter`);
      }),
      { numRuns: ofTier({ quick: 4, gate: 4, all: 20 }) },
    );
    await close(page);
  });
});
