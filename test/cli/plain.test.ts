// The command on the plain wire: bytes as they are, in and out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, moduleAt, run, servedModule } from "./command.ts";

const plain = moduleAt("plain");

test("call prints the reply's bytes as they are, over tcp and udp", async () => {
  await using server = await servedModule(plain, ["tcp://localhost:0", "udp://localhost:0"], "--wire", "plain");
  assert.equal(server.urls.length, 2);
  for (const url of server.urls)
    assert.equal(await bytesOf("call", url, "--wire", "plain", "h\u00e9llo"), "oll\u00e9h");
  assert.equal((await server.endBy("SIGTERM")).code, 0);
});

test("--end says where a message ends, on both sides", async () => {
  await using server = await servedModule(plain, ["tcp://localhost:0"], "--wire", "plain", "--end", "half-close");
  assert.equal(await bytesOf("call", server.url, "--wire", "plain", "--end", "half-close", "abc"), "cba");
});

test("no reply is an error with exit code 1, and says that nobody knows more", async () => {
  await using server = await servedModule(plain, ["tcp://localhost:0"], "--wire", "plain");
  const { code, lines, said } = await run("call", server.url, "--wire", "plain", "boom");
  assert.deepEqual([code, lines], [1, []]);
  assert.match(said, /without a reply.*\n.*reason NO_REPLY, outcome unknown/);
});

test("the native wire towards a plain server says which wire to take", async () => {
  await using server = await servedModule(plain, ["tcp://localhost:0"], "--wire", "plain");
  const { code, said } = await run("list", server.url);
  assert.equal(code, 1);
  assert.ok(said.includes(`upcall call ${server.url} --wire plain <text>`), said);
});

test("datagrams of other machines want --insecure", async () => {
  const { code, said } = await run("serve", plain, "--on", "udp://*:0", "--wire", "plain");
  assert.equal(code, 2);
  assert.match(said, /can be reached from other machines/);
  await using server = await servedModule(plain, ["udp://*:0"], "--wire", "plain", "--insecure");
  assert.match(server.url, /^udp:\/\/\*:[1-9]\d*$/);
});
