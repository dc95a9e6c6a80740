// The command's tokens: servers that ask who calls, and callers that show it, as real processes.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { serve } from "upcall";
import { RealVault } from "../auth/vault.ts";
import { Program } from "../harness/programs.ts";
import { ofTier } from "../harness/tier.ts";
import { type Ended, main, moduleAt, run, runIn, type Served, served, subjects } from "./command.ts";

const models = ["threads:1", "processes:1", "threads:per-connection", "processes:per-connection"];
const [secret, old, wrong] = ["5e70-new", "5e70-old", "5e70-wrong"];
const folder = mkdtempSync(join(tmpdir(), "upcall-tokens-"));
const fileOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const [both, mine, olds, wrongs, crlf, empty] = [
  fileOf("both", `${secret}\n${old}\n`),
  fileOf("mine", secret),
  fileOf("old", `${old}\n`),
  fileOf("wrong", `${wrong}\n`),
  fileOf("crlf", `\r\n${secret}\r\n`),
  fileOf("empty", "\n"),
];
after(() => rmSync(folder, { recursive: true }));

/** Whatever happens, nobody reads a token. */
function untold<T extends Ended>(ended: T): T {
  for (const text of [...ended.lines, ended.said]) assert.ok(!text.includes("5e70"), text);
  return ended;
}

async function runWith(variable: string, ...args: readonly string[]): Promise<Ended> {
  return untold(await runIn({ UPCALL_TOKEN: variable }, ...args));
}

suite("a server with a token", () => {
  let server: Served;
  before(async () => {
    server = await served(["tcp://localhost:0"], "--token-file", both);
  });
  after(async () => {
    untold(await server.endBy("SIGTERM"));
  });

  const commands: readonly (readonly [string, ...string[]])[] = [
    ["call", "Subject.request", "abc"],
    ["list"],
    ["describe"],
    ["ping", "--count", "1"],
    ["bench", "Subject.request", "abc", "--calls", "5", "--connections", "2", "--warm-up", "0"],
  ];
  for (const [command, ...rest] of commands) {
    test(`upcall ${command} is let in with the token, and with no other`, async () => {
      const asked = [command, server.url, ...rest];
      for (const file of [both, mine, olds, crlf])
        assert.equal(untold(await run(...asked, "--token-file", file)).code, 0, file);
      for (const [ended, advice] of [
        [untold(await run(...asked)), /if it wants a token: --token-file/],
        [untold(await run(...asked, "--token-file", wrongs)), /it was sent a token, and takes another one/],
      ] as const) {
        assert.deepEqual([ended.code, ended.lines], [1, []]);
        assert.match(ended.said, /code UNAUTHENTICATED, reason NOT_AUTHENTICATED, outcome not-executed/);
        assert.match(ended.said, advice);
      }
    });
  }

  test("the environment says it as well, and the file has the last word", async () => {
    const call = ["call", server.url, "Subject.request", "abc"];
    assert.deepEqual(await runWith(old, ...call), { code: 0, lines: ['"cba"'], said: "" });
    assert.equal((await runWith(wrong, ...call)).code, 1);
    assert.equal((await runWith(wrong, ...call, "--token-file", mine)).code, 0);
    assert.equal((await runWith(secret, ...call, "--token-file", wrongs)).code, 1);
  });

  test("a refusal is told as JSON, too", async () => {
    const { code, said } = untold(await run("call", server.url, "Subject.request", "abc", "--json"));
    const { error } = JSON.parse(said);
    assert.deepEqual([code, error.code, error.reason], [1, "UNAUTHENTICATED", "NOT_AUTHENTICATED"]);
  });
});

// Where the token is asked for does not depend on where the upcalls are made.
for (const workers of ofTier({ quick: ["processes:1"], gate: ["threads:1", "processes:per-connection"], all: models }))
  test(`a server by the environment's token, with ${workers}`, async () => {
    await using program = new Program("env", [
      `UPCALL_TOKEN=${secret}`,
      process.execPath,
      main,
      "serve",
      subjects,
      "--on",
      "tcp://localhost:0",
      "--workers",
      workers,
    ]);
    const url = (await program.line()).replace("listening on ", "");
    assert.equal((await run("call", url, "Subject.request", "abc", "--token-file", mine)).code, 0);
    assert.match((await run("call", url, "Subject.request", "abc")).said, /code UNAUTHENTICATED/);
  });

test("a method can be called where nobody is told what there is", async () => {
  await using server = await serve(new RealVault(), "tcp://localhost:0", {
    authenticate: [secret],
    authorize: ({ interface: name, method }) => name === "Vault" && method === "take",
  });
  const asked = ["--token-file", mine];
  assert.deepEqual((await run("call", server.url, "Vault.take", "gold", ...asked)).lines, ['"gold"']);
  assert.match(
    (await run("call", server.url, "Vault.who", ...asked)).said,
    /code PERMISSION_DENIED, reason NOT_ALLOWED/,
  );
  for (const command of ["list", "describe"]) {
    const { code, said } = await run(command, server.url, ...asked);
    assert.equal(code, 1);
    assert.match(said, /does not tell what it serves: it has no reflection, or does not let this caller have it\n/);
    assert.match(said, /code PERMISSION_DENIED, reason NOT_ALLOWED/);
  }
});

suite("a token that cannot be had is wrong usage, and never an open door", () => {
  const serving = ["serve", subjects, "--on", "tcp://localhost:0"];
  const calling = ["call", "tcp://localhost:1", "S.m"];
  for (const args of [serving, calling]) {
    const [command = ""] = args;
    test(`${command}: a file that is not there, whose name may be the token`, async () => {
      const { code, said } = untold(await run(...args, "--token-file", secret));
      assert.equal(code, 2);
      assert.match(said, /the file of --token-file cannot be read \(ENOENT\): it names a file, not the token\./);
    });
    test(`${command}: nothing in it`, async () => {
      const { code, said } = await run(...args, "--token-file", empty);
      assert.equal(code, 2);
      assert.match(said, /the file of --token-file has no token in it\./);
      const { code: other, said: more } = await runWith("", ...args);
      assert.equal(other, 2);
      assert.match(more, /UPCALL_TOKEN has no token in it\./);
    });
    test(`${command}: on the command line`, async () => {
      for (const wrongly of [["--token", secret], [`--token=${secret}`]]) {
        const { code, said } = untold(await run(...args, ...wrongly));
        assert.equal(code, 2);
        assert.match(said, /is seen by all who use this machine: say --token-file <file>, or set UPCALL_TOKEN\./);
      }
    });
    test(`${command}: longer than a token may be`, async () => {
      const { code, said } = untold(await run(...args, "--token-file", fileOf("long", "5e70".repeat(3_000))));
      assert.equal(code, 2);
      assert.match(said, /is no string of 1 to 8192/);
    });
  }
});

test("the plain wire has no doors: serving is refused, and a caller keeps what the environment has", async () => {
  const serving = ["serve", moduleAt("plain"), "--on", "tcp://localhost:0", "--wire", "plain"];
  const { code, said } = await run(...serving, "--token-file", mine);
  assert.equal(code, 1);
  assert.match(said, /the plain wire has no greeting.*\n.*NOT_SUPPORTED/);
  const plain = await run("call", "tcp://localhost:1", "--wire", "plain", "x", "--token-file", mine);
  assert.equal(plain.code, 2);
  assert.match(plain.said, /the plain one cannot show who calls/);
  const kept = await runWith(secret, "call", "tcp://localhost:1", "--wire", "plain", "x");
  assert.match(kept.said, /reason CONNECTION_REFUSED/);
  // The same for a server, whose door would be left open otherwise.
  const meant = await runWith(secret, ...serving);
  assert.equal(meant.code, 1);
});
