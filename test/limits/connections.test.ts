// Limits of the number of connections: of one address and in all.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect, defineInterface, method, type ServeObjectOptions, serve, type UpcallError } from "upcall";

const Who = defineInterface("Who", { am: method<() => string>() });
const served = { am: () => "served" };

/** What so many clients that come at once hear. */
async function come(url: string, count: number): Promise<{ served: number; refused: UpcallError[] }> {
  const refused: UpcallError[] = [];
  const proxies = await Promise.all(
    Array.from({ length: count }, async () => {
      try {
        const who = await connect(Who, url, { reconnect: false, timeout: 10_000 });
        await who.am();
        return [who];
      } catch (error) {
        refused.push(error as UpcallError);
        return [];
      }
    }),
  );
  for (const who of proxies.flat()) await who[Symbol.asyncDispose]();
  return { served: proxies.flat().length, refused };
}

function allSay(refused: readonly UpcallError[], limit: string): void {
  for (const { code, reason, outcome, message } of refused) {
    assert.deepEqual([code, reason, outcome], ["RESOURCE_EXHAUSTED", "BUSY", "not-executed"], message);
    assert.ok(message.includes(limit), message);
  }
}

test("connections that are too many of one address are told so, and their calls did not run", async () => {
  await using server = await serve(Who, served, "tcp://127.0.0.1:0", { limits: { connectionsPerAddress: 5 } });
  const heard = await come(server.url, 40);
  assert.equal(heard.served + heard.refused.length, 40);
  assert.ok(heard.refused.length > 0);
  allSay(heard.refused, "limits.connectionsPerAddress");
  assert.equal(server.counters().connectionsRefused, heard.refused.length);
});

test("connections that are too many in all are told so, over every medium", async () => {
  const folder = mkdtempSync(join(tmpdir(), "upcall-"));
  for (const url of ["tcp://127.0.0.1:0", `unix:${join(folder, "s")}`, "memory:too-many"]) {
    const options: ServeObjectOptions = { limits: { connections: 5, connectionsPerAddress: 1_000 } };
    await using server = await serve(Who, served, url, options);
    const heard = await come(server.url, 40);
    assert.equal(heard.served + heard.refused.length, 40, url);
    assert.ok(heard.refused.length > 0, url);
    allSay(heard.refused, "limits.connections)");
  }
  rmSync(folder, { recursive: true });
});

test("this machine's own address has no limit where none is said", async () => {
  await using server = await serve(Who, served, "tcp://127.0.0.1:0", { limits: { connections: 400 } });
  const held = await Promise.all(Array.from({ length: 300 }, async () => await connect(Who, server.url)));
  await Promise.all(held.map(async (who) => assert.equal(await who.am(), "served")));
  await Promise.all(held.map(async (who) => await who[Symbol.asyncDispose]()));
  assert.equal(server.counters().connectionsRefused, 0);
});
