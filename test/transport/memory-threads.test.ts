// memory: is one for each thread: a server of another thread of the process is not found, and the error says so.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { close, connect, defineInterface, method, serve } from "upcall";

const Who = defineInterface("Who", { am: method<() => string>() });

test("what a thread serves at a name in memory is that thread's alone", async () => {
  const server = await serve(Who, { am: () => "mine" }, "memory:threads");
  const program = `
    import { parentPort, workerData } from "node:worker_threads";
    const { connect, defineInterface, method, serve } = await import(workerData);
    const Who = defineInterface("Who", { am: method() });
    const error = await connect(Who, "memory:threads").catch(({ code, reason, message }) => ({ code, reason, message }));
    const server = await serve(Who, { am: () => "the worker's" }, "memory:threads");
    parentPort.postMessage([error, await (await connect(Who, "memory:threads")).am()]);
    await server.close();`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), {
    workerData: import.meta.resolve("upcall"),
  });
  const [[error, own]] = (await once(worker, "message")) as [
    [{ code: string; reason: string; message: string }, string],
  ];
  await once(worker, "exit");
  assert.deepEqual([error.code, error.reason], ["UNAVAILABLE", "CONNECTION_REFUSED"]);
  assert.match(error.message, /^nothing is served at memory:threads in this thread, and memory: reaches no other;/);
  assert.equal(own, "the worker's");
  const who = await connect(Who, "memory:threads");
  assert.equal(await who.am(), "mine");
  await close(who);
  await server.close();
});
