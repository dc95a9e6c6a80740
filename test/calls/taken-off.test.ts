// Methods that were taken off their proxy (`const { add } = proxy`): they stay bound to it, whatever they are called
// on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, connect, defineInterface, method, reference, serve, stream, within } from "upcall";
import { media } from "../harness/media.ts";

const Job = defineInterface("Job", { run: method<(name: string) => string>(), stop: method<() => string>() });
const Account = defineInterface("Account", { close: method<() => string>(), open: method<() => string>() });
const Desk = defineInterface("Desk", {
  job: method({ args: [], returns: reference(() => Job) }),
  names: method({ args: [], returns: stream<string>() }),
});

const job = { run: (name: string) => `${name} done`, stop: () => "stopped" };
const account = { close: () => "closed", open: () => "opened" };
const desk = { job: () => job, names: () => ["a", "b"] };

for (const medium of media) {
  test(`${medium.name}: a method works without its proxy, and on anything else`, async () => {
    await using jobs = await serve(Job, job, medium.url());
    await using accounts = await serve(Account, account, medium.url());
    await using proxy = await connect(Job, jobs.url);
    await using other = await connect(Account, accounts.url);
    const { run } = proxy;
    assert.equal(await run("one"), "one done");
    assert.deepEqual(await Promise.all(["a", "b"].map(proxy.run)), ["a done", "b done"]);
    assert.equal(await Promise.resolve("late").then(proxy.run), "late done");
    // The other interface has a method at the same place, and that is nobody's business.
    assert.equal(await proxy.run.call(other, "x"), "x done");
    assert.equal(await Reflect.apply(proxy.stop, {}, []), "stopped");
    // It is one method, and each proxy has its own.
    assert.equal(proxy.run, run);
    const quick = within(proxy, { timeout: 5_000 });
    assert.notEqual(quick.run, run);
    assert.equal(await quick.run("quick"), "quick done");
  });

  test(`${medium.name}: so do one of a result that is not here yet, and those that give references and streams`, async () => {
    await using server = await serve(Desk, desk, medium.url());
    await using proxy = await connect(Desk, server.url);
    const { job: open, names } = proxy;
    const { run } = open();
    assert.equal(await run("promised"), "promised done");
    const items: string[] = [];
    for await (const item of names()) items.push(item);
    assert.deepEqual(items, ["a", "b"]);
    const here = await open();
    const { stop } = here;
    assert.equal(await stop(), "stopped");
    await close(here);
  });
}

test("a proxy that is frozen, wrapped or inherited from has its methods, and its class has none that is bound", async () => {
  await using server = await serve(Job, job, "memory:taken-off");
  await using proxy = await connect(Job, server.url);
  const frozen = Object.freeze(within(proxy, {}));
  assert.equal(await frozen.run("frozen"), "frozen done");
  assert.equal(await (Object.create(proxy) as typeof proxy).run("heir"), "heir done");
  assert.equal(await new Proxy(within(proxy, {}), {}).run("wrapped"), "wrapped done");
  const all: string[] = [];
  for (const key in proxy) all.push(key);
  assert.deepEqual(all.sort(), ["run", "stop"]);
  // Whoever looks at the class of a proxy changes nothing for the proxies of that class.
  const { run } = Object.getPrototypeOf(proxy) as typeof proxy;
  assert.equal(typeof run, "function");
  assert.equal(await within(proxy, {}).run("fresh"), "fresh done");
  assert.deepEqual(Object.keys(proxy), []);
});
