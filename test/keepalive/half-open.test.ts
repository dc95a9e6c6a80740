// Half-open connections: a process that is stopped (SIGSTOP) says nothing more, and each side finds out by keepalive.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { connect, context, serve } from "upcall";
import { Vault } from "../auth/vault.ts";

/** So long that a busy machine answers in time. */
const limits = { keepalive: 300, keepaliveAnswer: 2_000 };

function start(...args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL("./modules/stopped.js", import.meta.url)), args, {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("a server that is stopped is found by its caller, whose calls end long before their deadlines", async () => {
  const child = start("server");
  try {
    const [url] = (await once(child, "message")) as [string];
    const vault = await connect(Vault, url, { limits, timeout: 3_600_000, reconnect: false });
    assert.equal(await vault.take("gold"), "gold");
    const call = vault.wait();
    child.kill("SIGSTOP");
    await assert.rejects(call, { code: "UNAVAILABLE", reason: "CONNECTION_LOST", outcome: "unknown" });
    await assert.rejects(vault.take("gold"), { reason: "CONNECTION_LOST", outcome: "not-executed" });
  } finally {
    await end(child);
  }
});

test("a caller that is stopped is found by the server, whose upcalls are told, and nobody else loses a call", async () => {
  let entered: (signal: AbortSignal) => void = () => {};
  const waiting = new Promise<AbortSignal>((resolve) => {
    entered = resolve;
  });
  const vault = {
    who: () => null,
    take: (what: string) => what,
    wait(): Promise<void> {
      const { signal } = context();
      entered(signal);
      return once(signal, "abort").then(() => {});
    },
  };
  await using server = await serve(Vault, vault, "tcp://127.0.0.1:0", { limits });
  await using other = await connect(Vault, server.url);
  const child = start("client", server.url);
  try {
    const signal = await waiting;
    child.kill("SIGSTOP");
    if (!signal.aborted) await once(signal, "abort");
    assert.equal((signal.reason as { reason: string }).reason, "CONNECTION_LOST");
    assert.equal(server.counters().silentCloses, 1);
    assert.equal(await other.take("gold"), "gold");
    assert.equal(server.counters().connectionsNow, 1);
  } finally {
    await end(child);
  }
});
