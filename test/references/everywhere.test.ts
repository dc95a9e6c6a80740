// References and pipelining in every model of workers and over every medium: functions, objects and results walk both ways.
// What cannot be combined is refused, and that is what is tested of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { close, type ProxyOf, serve, type UpcallError, within } from "upcall";
import { everyModel, type Place, placesOf, shared } from "../harness/every-model.ts";
import { Account, Bank, RealAccount } from "./bank.ts";

const module = new URL("./modules/bank.js", import.meta.url);
const limits = { references: 128 };

/** Calls until it is so: what is given back is told, and not answered. */
async function until(bank: ProxyOf<typeof Bank>, so: () => boolean): Promise<void> {
  for (let i = 0; i < 10_000 && !so(); i++) await bank.plain(i);
  assert.ok(so());
}

const errorOf = (promise: Promise<unknown>): Promise<UpcallError> =>
  promise.then(
    () => assert.fail("it returned"),
    (error: UpcallError) => error,
  );

async function refused({ workers, url }: Place, sentence: string): Promise<void> {
  const error = await errorOf(serve(Bank, module, url(), { workers }));
  assert.deepEqual([error.code, error.reason], ["UNIMPLEMENTED", "NOT_SUPPORTED"]);
  assert.ok(error.message.includes(sentence));
}

// One worker each, so that the same name is the same account.
everyModel("references", { size: 1, media: ["tcp", "unix", "memory", "udp"], sparing: true, refused }, (place) => {
  const at = shared(place, Bank, module, { serving: { limits }, calling: { limits } });
  /** An account of this place's own: served inline, all servers have the one object of the module. */
  const nameOf = (name: string): string => `${place.name} ${name}`;

  // The first of all, because those below leave references behind.
  test("what is closed, or was only for one call, is held nowhere", async () => {
    const { server, proxy: bank } = at();
    const account = await bank.open(nameOf("x"));
    await bank.each(1, (index) => index);
    await account.deposit(1);
    await close(account);
    await until(bank, () => server.counters().referencesNow === 0 && server.counters().referencesHeldNow === 0);
  });

  test("functions, objects and results walk both ways, and are who they are", async () => {
    const { proxy: bank } = at();

    // A function of ours, called from there; a function of theirs.
    const seen: number[] = [];
    assert.equal(await bank.each(4, (index) => seen.push(index)), 10);
    assert.deepEqual(seen, [0, 1, 2, 3]);
    const count = await bank.counter();
    assert.equal((await count()) + 1, await count());
    await close(count);

    // An object of theirs is one proxy, and the object itself when it comes home.
    const account = await bank.open(nameOf("walks"));
    assert.equal(await bank.open(nameOf("walks")), account);
    assert.notEqual(await bank.open(nameOf("y")), account);
    assert.equal(await account.deposit(5), 5);
    assert.equal(await bank.same(nameOf("walks"), account, account), true);
    assert.equal(await bank.back(account), account);
    assert.equal(await bank.pay(account, 2), 7);

    // An object of ours likewise.
    const own = new RealAccount();
    assert.equal(await bank.pay(own, 3), 3);
    assert.equal(await bank.back(own), own);

    // The server calls back while it is called, and is called back meanwhile.
    const sum = await bank.each(3, async (index) => await bank.open(nameOf("z")).deposit(index));
    assert.equal(sum, 0 + 1 + 3);

    // What a method of a reference throws, and what a closed one says.
    const failed = await errorOf(account.fail());
    assert.deepEqual(
      [failed.code, failed.outcome, failed.message],
      ["FAILED_PRECONDITION", "executed", "there is no money"],
    );
    await close(account);
    const closed = await errorOf(account.balance());
    assert.deepEqual([closed.code, closed.reason, closed.outcome], ["UNAVAILABLE", "CLOSED", "not-executed"]);
    // It is still there for whoever asks again.
    assert.equal(await bank.open(nameOf("walks")).balance(), 7);
  });

  test("what stands in arguments is lent until its call is over, unless it is kept", async () => {
    const { server, proxy: bank } = at();
    const held = server.counters().referencesHeldNow;
    const seen: number[] = [];
    await bank.hoard((index) => seen.push(index));
    assert.equal(await bank.hoard((index) => seen.push(index)), "BAD_REFERENCE not-executed");
    assert.deepEqual(seen, [0, 0]);
    await until(bank, () => server.counters().referencesHeldNow === held);
    await bank.watch((index) => index * 2);
    // Many more than may be held at once, each with its call; and as many results that are only called.
    for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 8 }, () => bank.each(1, (index) => index)));
    for (let i = 0; i < 20; i++)
      await Promise.all(Array.from({ length: 8 }, (_, n) => bank.openNew(`${i} ${n}`).deposit(1)));
    assert.equal(await bank.tellLast(21), 42);
    assert.equal(server.counters().referencesLeaked, 0);
  });

  test("results are called before they are here, and fail with the call that returns them", async () => {
    const { proxy: bank } = at();
    assert.equal(await bank.open(nameOf("p")).deposit(5), 5);
    assert.equal(await bank.branch("a").branch("b").open(nameOf("p")).deposit(1), 1);
    const error = await errorOf(bank.openNone("x").deposit(1));
    assert.deepEqual([error.code, error.outcome], ["NOT_FOUND", "not-executed"]);
    const own = new RealAccount();
    assert.equal(await bank.back(own).deposit(9), 9);
    assert.equal(own.amount, 9);
  });

  test("many calls of many references at once", async () => {
    const { proxy: bank } = at();
    const accounts = await Promise.all(Array.from({ length: 50 }, (_, i) => bank.open(nameOf(`account ${i}`))));
    const calls = accounts.flatMap((account) => [1, 2, 3, 4].map((amount) => account.deposit(amount)));
    assert.equal(
      (await Promise.all(calls)).reduce((sum, amount) => sum + amount, 0),
      50 * (1 + 3 + 6 + 10),
    );
    await Promise.all(accounts.map(close));
  });

  // The last one, because it closes the server.
  test("a deadline and an abort reach an object, and nothing of a connection that ends is kept", async () => {
    const { server, proxy: bank } = at();
    const account = await bank.open(nameOf("waits"));
    await bank.watch((index) => index);
    const control = new AbortController();
    const aborted = errorOf(within(account, { signal: control.signal }).wait());
    await account.balance();
    control.abort();
    assert.equal((await aborted).code, "CANCELLED");
    // Both sides keep the deadline: the method's answer to its signal may come before the caller's own clock.
    const late = await within(account, { timeout: 30 })
      .wait()
      .catch((error: UpcallError) => error.code);
    assert.ok(late === 0 || late === "DEADLINE_EXCEEDED", `${late}`);
    await server.close();
    const { referencesNow, referencesHeldNow, runningNow } = server.counters();
    assert.deepEqual(
      { referencesNow, referencesHeldNow, runningNow },
      { referencesNow: 0, referencesHeldNow: 0, runningNow: 0 },
    );
  });
});

test("whoever wants to hear of leaks has them where the references are", async () => {
  for (const { workers, url } of placesOf("leaks", { media: ["tcp"] })) {
    const serving = serve(Bank, module, url(), { workers, onLeak: () => {} });
    if (workers === "inline") await (await serving).close();
    else assert.match((await errorOf(serving)).message, /serve inline/);
  }
});

test("an interface that carries something is refused on the plain wire", async () => {
  const error = await errorOf(serve(Account, new RealAccount(), "memory:plain-account", { wire: "plain" }));
  assert.equal(error.reason, "BAD_INTERFACE");
});
