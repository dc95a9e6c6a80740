// Each command as the process that a shell starts: it says what the same command says in the thread in which the other
// suites run it, and then it ends, whatever it had open.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { run, type Served, served, start } from "./command.ts";

let server: Served;
before(async () => {
  server = await served(["tcp://localhost:0"], "--expose", "message");
});
after(async () => {
  await server.endBy("SIGTERM");
});

for (const [what, expected, ...args] of [
  ["help", 0, "--help"],
  ["the version", 0, "--version"],
  ["a command that there is not", 2, "lst"],
  ["an argument that a command does not take", 2, "list", "<url>", "more"],
  ["a URL that upcall refuses", 2, "ping", "http://localhost"],
  ["a module that is not there", 2, "serve", "./nowhere.js", "--on", "tcp://localhost:0"],
  ["call", 0, "call", "<url>", "Subject.echo", "1", "text"],
  ["call of a method that throws", 1, "call", "<url>", "Bank.withdraw", "105"],
  ["call of nobody", 1, "call", "unix:/nowhere.sock", "Subject.request", "x", "--json"],
  ["list", 0, "list", "<url>"],
  ["describe", 0, "describe", "<url>", "Bank", "--json"],
  ["ping", 0, "ping", "<url>", "--count", "2"],
  ["bench", 0, "bench", "<url>", "Subject.request", "abc", "--calls", "20", "--connections", "2", "--warm-up", "0"],
] as const) {
  test(`${what}: a process says it, and ends with code ${expected}`, { timeout: 60_000 }, async () => {
    const words = args.map((arg) => (arg === "<url>" ? server.url : arg));
    await using program = start(...words);
    const alone = await program.end();
    const thread = await run(...words);
    assert.deepEqual([alone.end, thread.code], [expected, expected]);
    // What was measured differs from run to run.
    const shape = (lines: readonly string[]): string => lines.join("\n").replace(/\d[\d.,]*( [mk]?B?\w*(\/s)?)?/g, "1");
    if (what !== "bench") assert.equal(shape(alone.lines), shape(thread.lines));
    else assert.match(alone.lines.join("\n"), /^Subject\.request at [\s\S]*\n {2}calls +20, none failed\n/);
    assert.equal(alone.said, thread.said);
  });
}
