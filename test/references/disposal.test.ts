// References and Symbol.dispose: objects that were given as results are disposed of when their last holder closed them
// or is gone; all others are not.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { close, connect, type IncidentReport, implement, type ProxyOf, serve } from "upcall";
import { everyModel, shared } from "../harness/every-model.ts";
import { Folder, RealFile, RealFolder } from "./modules/disposed.ts";

const module = new URL("./modules/disposed.js", import.meta.url);

/** Waits until these were disposed of, after so many others. */
async function gone(folder: ProxyOf<typeof Folder>, names: readonly string[], before = 0): Promise<void> {
  for (let i = 0; i < 2_000 && (await folder.disposed()).length < before + names.length; i++) await turn();
  assert.deepEqual((await folder.disposed()).slice(before), names);
}

everyModel("disposal", { size: 1, sparing: true }, (place) => {
  const at = shared(place, Folder, module, { calling: { limits: { references: 8 } } });

  test("what was closed, or only called, and what was only lent", async () => {
    const { server, proxy: folder } = at();
    // Inline, the module's one object has served before.
    const before = (await folder.disposed()).length;
    const [one, other] = [await folder.open("one"), await folder.open("other")];
    assert.equal(await one.self(), one);
    await close(one);
    await gone(folder, ["one"], before);
    assert.equal(await other.read(), "other");
    await close(other);
    await gone(folder, ["one", "other"], before);

    // Results that nobody awaited go when there are many.
    for (let i = 0; i < 10; i++) assert.equal(await folder.open(`${i}`).read(), `${i}`);
    while ((await folder.disposed()).length < before + 3) await turn();

    // What the caller lends is the caller's.
    const lent: string[] = [];
    const mine = new RealFile("mine", (name) => lent.push(name));
    for (let i = 0; i < 3; i++) assert.equal(await folder.use(mine), "mine");
    while (server.counters().referencesHeldNow > 0) await folder.disposed();
    assert.deepEqual(lent, []);

    // What is served is the server's.
    await close(await folder.self());
    assert.ok(!(await folder.disposed()).includes("the folder"));
  });
});

suite("inline", () => {
  const place = async (name: string, real = new RealFolder(), onError?: (report: IncidentReport) => void) => {
    const server = await serve(Folder, real, `memory:disposal-${name}`, { onError });
    return { real, server, url: server.url };
  };

  test("the last holder of all connections is waited for, and one that is lost holds nothing", async () => {
    const { real, server, url } = await place("last");
    const [a, b] = [await connect(Folder, url), await connect(Folder, url)];
    const file = await a.shared("x");
    await b.shared("x");
    await a.shared("x");
    await close(file);
    assert.equal(await (await b.shared("x")).read(), "x");
    assert.deepEqual(real.gone, []);
    await close(b);
    while (real.gone.length === 0) await turn();
    assert.deepEqual(real.gone, ["x"]);
    // It is given again, and has an end again.
    await close(await a.shared("x"));
    await gone(a, ["x", "x"]);
    await close(a);
    await server.close();
  });

  test("closing the server waits for it", async () => {
    const real = new RealFolder();
    let over = false;
    const slow = {
      read: () => "slow",
      self: () => slow,
      async [Symbol.asyncDispose]() {
        await turn();
        await turn();
        over = true;
      },
    };
    const delegate = Object.assign(Object.create(real) as RealFolder, { open: () => slow });
    const server = await serve([implement(Folder, delegate)], "memory:disposal-waits");
    const folder = await connect(Folder, server.url);
    await folder.open("slow");
    await server.close();
    assert.equal(over, true);
  });

  test("what goes wrong is told, and ends nothing", async () => {
    const reports: IncidentReport[] = [];
    const { server, url } = await place("broken", new RealFolder(), (report) => reports.push(report));
    await using folder = await connect(Folder, url);
    await close(await folder.broken());
    while (reports.length === 0) await folder.disposed();
    const [{ error, method, call } = { error: null, method: "", call: 1 }] = reports;
    assert.match(String(error), /it cannot be closed/);
    assert.deepEqual([method, call], ["File, when it was disposed of", 0]);
    assert.equal(server.counters().objectsNotDisposed, 1);
    assert.deepEqual(await folder.disposed(), []);
    await server.close();
  });

  test("an object that passes somebody else's on does not end it", async () => {
    const { real, server, url } = await place("far");
    const near = await connect(Folder, url);
    const file = await near.open("x");
    const between = Object.assign(Object.create(real) as RealFolder, { open: () => file, self: () => near });
    const second = await serve([implement(Folder, between as never)], "memory:disposal-between");
    const user = await connect(Folder, second.url);
    await close(await user.open("x"));
    await close(await user.self());
    while (second.counters().referencesNow > 0) await turn();
    assert.equal(await file.read(), "x");
    assert.deepEqual(real.gone, []);
    await close(file);
    await gone(near, ["x"]);
    await close(user);
    await second.close();
    await close(near);
    await server.close();
  });
});
