// The command with several addresses: real servers and real processes, some of which are not there.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../docs/console.ts";
import { moduleAt, run, served, servedModule, start } from "./command.ts";

test("every command does with the one server that is there, wherever it stands in the list", async () => {
  const nobody = `tcp://localhost:${await freePort()}`;
  const path = join(tmpdir(), `upcall-cli-a,b-${process.pid}.sock`);
  await using server = await served(["tcp://localhost:0", `unix:${path}`]);
  for (const urls of [`${nobody},${server.url}`, `${server.urls[1]},${nobody}`]) {
    const call = await run("call", urls, "Subject.request", "abc");
    assert.deepEqual(call, { code: 0, lines: ['"cba"'], said: "" });
    assert.match((await run("list", urls)).lines[1] ?? "", /^Subject /);
    assert.match((await run("describe", urls, "Subject")).lines[0] ?? "", /^Subject /);
    assert.equal(JSON.parse((await run("ping", urls, "--count", "1", "--json")).lines[0] ?? "").url, urls);
    const bench = await run("bench", urls, "Subject.request", "abc", "--calls", "20", "--warm-up", "0", "--json");
    const { returned, url } = JSON.parse(bench.lines.join("\n"));
    assert.deepEqual([bench.code, returned, url], [0, 20, urls]);
  }
});

test("calls go to all that are there", async () => {
  await using one = await servedModule(moduleAt("counter"), ["tcp://localhost:0"]);
  await using other = await servedModule(moduleAt("counter"), ["tcp://localhost:0"]);
  await using bench = start("bench", `${one.url},${other.url}`, "Counter.next", "--warm-up", "0");
  const over = bench.end().then(({ said }) => `it is over: ${said}`);
  for (const { program } of [one, other]) assert.equal(await Promise.race([program.line(), over]), "first call");
  bench.child.kill("SIGINT");
  await over;
});

test("where none is there, all of them are named, and how to start them", async () => {
  const [one, other] = [`tcp://localhost:${await freePort()}`, `tcp://localhost:${await freePort()}`];
  const { code, said } = await run("call", `${one},${other}`, "Subject.request", "abc");
  assert.equal(code, 1);
  assert.match(said, /none of 2 addresses can be reached/);
  assert.match(said, /reason CONNECTION_REFUSED, outcome not-executed/);
  assert.ok(said.includes(`upcall serve <module> --on ${one} --on ${other}`), said);
});

test("wrong addresses are wrong usage, and several have no plain wire", async () => {
  for (const urls of ["tcp://localhost:1,", "tcp://localhost:1,http://x", "tcp://localhost:1,localhost:2"])
    assert.equal((await run("list", urls)).code, 2, urls);
  const plain = await run("call", "tcp://localhost:1,tcp://localhost:2", "--wire", "plain", "x");
  assert.equal(plain.code, 1);
  assert.match(plain.said, /to one address: use wire: "native" for several/);
});
