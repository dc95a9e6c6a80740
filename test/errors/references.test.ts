// Errors of objects that are elsewhere: of a reference, of a pipelined result, and of an object that another connection
// has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, connect, type IncidentReport, serve, UpcallError } from "upcall";
import { everyModel, shared } from "../harness/every-model.ts";
import { Account, Branch, Clerk, Closed, Overdrawn } from "./branch.ts";
import { incident } from "./subject.ts";

const module = new URL("./branch.js", import.meta.url);

async function errorOf(promise: PromiseLike<unknown>): Promise<UpcallError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof UpcallError, String(error));
    return error;
  }
  return assert.fail("it was fulfilled");
}

const kinds = ["inline", "threads", "processes", "threads per connection"] as const;

everyModel("errors of references", { size: 1, kinds }, (place) => {
  const here = shared(place, Branch, module);

  test("a reference's methods throw what its interface declares", async () => {
    const { proxy: branch } = here();
    await using account = await branch.open("anna");
    assert.equal(await account.take(30), 70);
    const error = await errorOf(account.take(150));
    assert.ok(error instanceof Overdrawn);
    assert.deepEqual([error.data, error.outcome], [{ missing: 50 }, "executed"]);
    const hidden = await errorOf(account.break());
    assert.match(hidden.incident ?? "", incident);
    assert.doesNotMatch(`${hidden.message} ${hidden.stack}`, /secret/);
  });

  test("a result that is called before it is here throws as it would later; one that never comes has not run", async () => {
    const { proxy: branch } = here();
    const early = await errorOf(branch.open("anna").take(150));
    assert.ok(early instanceof Overdrawn);
    assert.equal(early.data.missing, 50);
    const opening = branch.open("");
    const never = await errorOf(opening.take(1));
    assert.deepEqual([never.code, never.outcome, never instanceof Closed], ["UNAVAILABLE", "not-executed", false]);
    assert.match(never.message, /nothing opens any more/);
    assert.ok((await errorOf(opening)) instanceof Closed);
  });

  test("what is passed on keeps its class and its data, and what is hidden stays so", async () => {
    const told: IncidentReport[] = [];
    const onError = (report: IncidentReport): void => void told.push(report);
    const { server } = here();
    const clerk = {
      take: async (account: { take(amount: number): Promise<number> }, amount: number): Promise<string> => {
        const error = await errorOf(account.take(amount));
        if (error instanceof Overdrawn && error.data.missing === 1) return "one is missing";
        throw error;
      },
      break: (account: { break(): Promise<void> }): Promise<void> => account.break(),
    };
    await using other = await serve(Clerk, clerk, "tcp://localhost:0", { onError });
    await using branch = await connect(Branch, server.url, { onError });
    await using desk = await connect(Clerk, other.url, { onError });
    const account = await branch.open("anna");
    assert.equal(await desk.take(account, 101), "one is missing");
    const error = await errorOf(desk.take(account, 150));
    assert.ok(error instanceof Overdrawn);
    assert.deepEqual([error.data, error.message], [{ missing: 50 }, "too much"]);
    const hidden = await errorOf(desk.break(account));
    assert.match(hidden.incident ?? "", incident);
    assert.doesNotMatch(`${hidden.message} ${hidden.stack}`, /secret/);
    // Told by the side that threw, and by nobody on the way.
    assert.deepEqual(told, []);
    await close(account);
  });
});

test("an account of the caller's own throws towards the server by the same rules", async () => {
  const told: IncidentReport[] = [];
  const clerk = {
    take: async (account: { take(amount: number): Promise<number> }, amount: number): Promise<string> => {
      const error = await errorOf(account.take(amount));
      return `${error instanceof Overdrawn ? error.data.missing : error.code}`;
    },
    break: (account: { break(): Promise<void> }): Promise<void> => account.break(),
  };
  await using other = await serve(Clerk, clerk, "tcp://localhost:0");
  await using desk = await connect(Clerk, other.url, { onError: (report) => told.push(report) });
  const mine = {
    take: (amount: number): never => {
      throw new Overdrawn("of my own", { missing: amount });
    },
    break: (): never => {
      throw new TypeError("a secret of mine");
    },
  };
  assert.equal(await desk.take(mine, 7), "7");
  const hidden = await errorOf(desk.break(mine));
  assert.doesNotMatch(hidden.message, /secret/);
  assert.deepEqual(
    told.map(({ error, method, incident: id }) => [String(error), method, id]),
    [["TypeError: a secret of mine", `${Account.name}.break`, hidden.incident]],
  );
});
