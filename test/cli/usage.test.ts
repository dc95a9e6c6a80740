// The command: help, version, and what is said about wrong usage.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { commandNames, usageOf } from "#internal/cli/usage.js";
import { main, run } from "./command.ts";

suite("help", () => {
  for (const args of [[], ["--help"], ["-h"], ["help"]]) {
    test(`upcall ${args.join(" ")}`, async () => {
      const { code, lines, said } = await run(...args);
      assert.deepEqual([code, `${lines.join("\n")}\n`, said], [0, usageOf(null), ""]);
    });
  }

  for (const name of commandNames) {
    test(`of ${name}`, async () => {
      for (const args of [
        [name, "--help"],
        ["help", name],
      ]) {
        const { code, lines } = await run(...args);
        assert.deepEqual([code, `${lines.join("\n")}\n`], [0, usageOf(name)]);
      }
      assert.ok(usageOf(null).includes(`upcall ${name} `));
    });
  }

  test("fits a line of 120 characters", () => {
    for (const name of [null, ...commandNames])
      for (const line of usageOf(name).split("\n")) assert.ok(line.length <= 120, line);
  });
});

test("--version is the package's", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  assert.deepEqual(await run("--version"), { code: 0, lines: [version], said: "" });
});

test("the built file can be run as a program", () => {
  assert.ok(readFileSync(main, "utf8").startsWith("#!/usr/bin/env node\n"));
});

suite("wrong usage ends with code 2, and the word that may have been meant", () => {
  const url = "tcp://localhost:1";
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [["lst"], /there is no command lst\. Did you mean list\?/],
    [["discribe"], /Did you mean describe\?/],
    [["zzzzz"], /there is no command zzzzz\.\n/],
    [["--hlep"], /there is no option --hlep\. Did you mean --help\?/],
    [["help", "srve"], /Did you mean serve\?/],
    [["list"], /it lacks the URL/],
    [["list", url, "more"], /one argument too many: "more"/],
    [["list", url, "--jsn"], /--jsn is no option of it\. Did you mean --json\?/],
    [["list", "http://localhost"], /the medium http: is not known/],
    [["ping", url, "--count", "0"], /--count is "0"; it must be a whole number/],
    [["ping", url, "--count", "-1"], /--count is "-1"/],
    [["ping", url, "--timeout"], /--timeout lacks its value/],
    [["ping", url, "--timeout", "--json"], /--timeout lacks its value/],
    [["ping", url, "--timeout", "86400001"], /the most is 86400000/],
    [["ping", url, "--json=yes"], /--json takes no value, and got "yes"/],
    [["call", url], /it lacks the method/],
    [["call", url, "request"], /"request" names no method: write Interface\.method/],
    [["call", url, "S.m", '{"$bite":1}'], /\{"\$bite": \.\.\.\} is not known/],
    [
      ["call", url, "S.m", "12345678901234567890"],
      /more than a number holds exactly: write '\{"\$bigint":"12345678901234567890"\}'/,
    ],
    [["call", url, "--wire", "plain"], /--wire plain carries one text/],
    [["call", url, "S.m", "--end", "newline"], /add --wire plain/],
    [["bench"], /it lacks the URL/],
    [["bench", url], /it lacks the method/],
    [["bench", url, "request"], /"request" names no method/],
    [["bench", url, "S.m", "--duration", "0"], /--duration is "0"; it must be seconds, more than 0/],
    [["bench", url, "S.m", "--duration", "1h"], /--duration is "1h"/],
    [["bench", url, "S.m", "--duration="], /--duration is ""/],
    [["bench", url, "S.m", "--warm-up", "-1"], /--warm-up is "-1"; it must be seconds, 0 or more/],
    [["bench", url, "S.m", "--rate", "1000001"], /--rate is "1000001"; it must be calls a second/],
    [["bench", url, "S.m", "--calls", "1.5"], /--calls is "1\.5"; it must be a whole number/],
    [["bench", url, "S.m", "--in-flight", "16385"], /too many: the most is 16384/],
    [["bench", url, "S.m", "--in-flight", "2", "--connections", "3"], /3 connections want at least 3/],
    [["bench", url, "S.m", "--end", "newline"], /add --wire plain/],
    [["bench", url, "--wire", "plain"], /--wire plain carries one text/],
    [
      ["bench", url, "--wire", "plain", "x", "--connections", "2"],
      /on the plain wire each call has a connection of its own/,
    ],
    [["bench", url, "S.m", "--inflight", "2"], /Did you mean --in-flight\?/],
  ];
  for (const [args, message] of wrong) {
    test(args.join(" "), async () => {
      const { code, lines, said } = await run(...args);
      assert.deepEqual([code, lines], [2, []]);
      assert.match(said, message);
      assert.match(said, /\nusage: upcall /);
      assert.match(said, /\nmore: upcall .*--help\n$/);
    });
  }
});
