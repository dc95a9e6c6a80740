// `upcall bench` (benchmark) as a real process: what it prints, counts and returns. Nothing here depends on how fast
// anything is.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, suite, test } from "node:test";
import type { Percentiles, Result } from "#internal/cli/bench/result.js";
import { needs } from "../harness/programs.ts";
import { reaches } from "../harness/tier.ts";
import {
  type Ended,
  LateWay,
  moduleAt,
  run,
  runOnTerminal,
  type Served,
  served,
  servedModule,
  start,
} from "./command.ts";

let server: Served;
let url: string;

before(async () => {
  server = await served(["tcp://localhost:0"], "--expose", "message");
  url = server.url;
});
after(async () => {
  await server.endBy("SIGTERM");
});

const escapeCharacter = "\u001b";

const counting = (): Promise<Served> => servedModule(moduleAt("counter"), ["tcp://localhost:0"], "--expose", "message");

/** The object that --json printed, and nothing else. */
function resultOf({ lines, said }: Pick<Ended, "lines" | "said">): Result {
  assert.equal(said, "");
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0] ?? "");
}

/** What is true of every result. */
function assertAddsUp(result: Result): void {
  const { calls, returned, failed, unfinished, times, histogram, timeline, errors } = result;
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  assert.equal(returned + failed + unfinished, calls);
  assert.equal(sum(errors.map(({ count }) => count)), failed);
  assert.equal(sum(histogram.map(({ count }) => count)), times?.count ?? 0);
  assert.ok(sum(timeline.calls) <= returned + failed);
  assert.ok(result.seconds >= 0 && result.callsPerSecond >= 0 && result.processor >= 0);
  for (const each of [times, result.steady, result.late]) if (each !== null) assertOrdered(each);
  if (times !== null) assert.ok(0 < times.min && times.min <= times.mean && times.mean <= times.max);
}

function assertOrdered(percentiles: Percentiles): void {
  const { p50, p90, p99, "p99.9": p999, max } = percentiles;
  const order = [p50, p90, p99, p999, max];
  assert.deepEqual(
    order,
    order.toSorted((one, other) => one - other),
  );
}

suite("--json", () => {
  test("the closed loop makes as many calls as were asked for, over all connections", async () => {
    await using counter = await counting();
    const args = ["--calls", "200", "--in-flight", "8", "--connections", "3", "--warm-up", "0", "--json"];
    const { code, ...printed } = await run("bench", counter.url, "Counter.next", ...args);
    const result = resultOf(printed);
    assertAddsUp(result);
    assert.equal(code, 0);
    const { loop, method, inFlight, connections, rate, warmUp, interrupted, calls, returned, overdue, late } = result;
    assert.deepEqual(
      { loop, method, inFlight, connections, rate, warmUp, interrupted, calls, returned, overdue, late },
      {
        loop: "closed",
        method: "Counter.next",
        inFlight: 8,
        connections: 3,
        rate: null,
        warmUp: 0,
        interrupted: false,
        calls: 200,
        returned: 200,
        overdue: null,
        late: null,
      },
    );
    assert.equal(result.times?.count, 200);
    assert.ok(result.steady !== null && result.steady.interval > 0 && result.steady.added >= 0);
    assert.ok(result.bytesSentPerSecond > 0 && result.bytesReceivedPerSecond > 0);
    assert.deepEqual([result.url, result.errors, result.connectionsLost], [counter.url, [], 0]);
    // No call more, and none less.
    assert.deepEqual((await run("call", counter.url, "Counter.next")).lines, ["201"]);
  });

  test("the open loop makes them too, and tells how late it was", async () => {
    const args = ["--calls", "50", "--rate", "1000", "--warm-up", "0", "--json"];
    const { code, ...printed } = await run("bench", url, "Subject.request", "hello", ...args);
    const result = resultOf(printed);
    assertAddsUp(result);
    assert.equal(code, 0);
    const { loop, rate, inFlight, calls, returned, overdue, steady } = result;
    assert.deepEqual(
      { loop, rate, inFlight, calls, returned, overdue, steady },
      { loop: "open", rate: 1000, inFlight: 1024, calls: 50, returned: 50, overdue: 0, steady: null },
    );
    // The 50th is due after 49 ms.
    assert.ok(result.late !== null && result.seconds >= 0.049);
  });

  test("measures for --duration, after --warm-up; what was made to warm up does not count", async () => {
    await using counter = await counting();
    const args = ["--duration", "0.3", "--warm-up", "0.1", "--in-flight", "2", "--json"];
    const { code, ...printed } = await run("bench", counter.url, "Counter.next", ...args);
    const result = resultOf(printed);
    assertAddsUp(result);
    assert.deepEqual([code, result.warmUp, result.seconds, result.unfinished], [0, 0.1, 0.3, 0]);
    const [made = ""] = (await run("call", counter.url, "Counter.next")).lines;
    assert.ok(result.calls > 0 && result.calls < Number(made) - 1, `${result.calls} of ${made}`);
  });

  test("calls that fail are told by kind, with their outcome, and make the exit code 1", async () => {
    await using counter = await counting();
    const args = ["--calls", "30", "--warm-up", "0", "--json"];
    const { code, ...printed } = await run("bench", counter.url, "Counter.mixed", ...args);
    const result = resultOf(printed);
    assertAddsUp(result);
    assert.deepEqual([code, result.returned, result.failed, result.times?.count], [1, 20, 10, 20]);
    const [error, ...more] = result.errors;
    assert.equal(more.length, 0);
    const { code: kind, reason, outcome, message, count } = error ?? {};
    assert.deepEqual([kind, reason, outcome, count], ["UNKNOWN", "THROWN", "executed", 10]);
    assert.match(message ?? "", /Counter\.mixed threw RangeError: the third one/);
  });

  test("a call that ended by its deadline counts among the times", async () => {
    const args = ["--calls", "3", "--timeout", "500", "--warm-up", "0", "--json"];
    const { code, ...printed } = await run("bench", url, "Subject.hang", ...args);
    const result = resultOf(printed);
    assertAddsUp(result);
    assert.deepEqual([code, result.failed, result.times?.count], [1, 3, 3]);
    assert.ok((result.times?.min ?? 0) >= 499);
    assert.deepEqual(
      result.errors.map((each) => each.reason),
      ["TIMEOUT"],
    );
  });

  test("a short --timeout is of the calls alone: connecting and asking have longer", async () => {
    await using late = await LateWay.to(url, 200);
    const args = ["--calls", "3", "--timeout", "20", "--warm-up", "0", "--json"];
    const { code, ...printed } = await run("bench", late.url, "Subject.hang", ...args);
    const { failed, errors } = resultOf(printed);
    // On a busy machine the time may be over before a call is sent, or before it is begun.
    const codes = new Set(errors.map((each) => each.code));
    assert.deepEqual([code, failed, [...codes]], [1, 3, ["DEADLINE_EXCEEDED"]]);
  });

  test("a connection that goes down ends its share of it", async () => {
    await using counter = await counting();
    const bench = start("bench", counter.url, "Counter.next", "--duration", "3600", "--warm-up", "0", "--json");
    assert.equal(await counter.program.line(), "first call");
    counter.program.child.kill("SIGKILL");
    const { end, ...printed } = await bench.end();
    const result = resultOf(printed);
    assertAddsUp(result);
    assert.deepEqual([end, result.connectionsLost, result.interrupted, result.unfinished], [1, 1, false, 0]);
    assert.deepEqual([...new Set(result.errors.map(({ reason }) => reason))], ["CONNECTION_LOST"]);
  });
});

suite("a signal", () => {
  test("ends it, with what was measured so far", async () => {
    await using counter = await counting();
    const bench = start("bench", counter.url, "Counter.next", "--duration", "3600", "--warm-up", "0", "--json");
    assert.equal(await counter.program.line(), "first call");
    bench.child.kill("SIGINT");
    const { end, ...printed } = await bench.end();
    const result = resultOf(printed);
    assertAddsUp(result);
    assert.deepEqual([result.interrupted, result.failed], [true, 0]);
    assert.equal(end, result.returned > 0 ? 0 : 1);
  });

  test("does not wait for calls that hang", async () => {
    await using hanging = await served(["tcp://localhost:0"]);
    const args = ["--in-flight", "3", "--duration", "3600", "--timeout", "3600000", "--warm-up", "0", "--json"];
    const bench = start("bench", hanging.url, "Subject.hang", ...args);
    for (let call = 0; call < 3; call++) assert.equal(await hanging.program.line(), "hanging for a call");
    bench.child.kill("SIGTERM");
    const { end, ...printed } = await bench.end();
    const result = resultOf(printed);
    assertAddsUp(result);
    assert.deepEqual([end, result.interrupted, result.calls, result.unfinished, result.times], [1, true, 3, 3, null]);
  });

  test("while it warms up: nothing was measured", async () => {
    await using hanging = await served(["tcp://localhost:0"]);
    const bench = start("bench", hanging.url, "Subject.hang", "--warm-up", "3600");
    assert.equal(await hanging.program.line(), "hanging for a call");
    bench.child.kill("SIGINT");
    const { end, lines } = await bench.end();
    assert.equal(end, 1);
    assert.ok(lines.some((line) => line.includes("It was ended before anything was measured.")));
  });
});

suite("the page for people", () => {
  test("has the load, the rate, the percentiles, the histogram and what they mean", async () => {
    const { code, lines, said } = await run(
      "bench",
      url,
      "Subject.request",
      "hello",
      "--calls",
      "500",
      "--warm-up",
      "0",
    );
    assert.deepEqual([code, said], [0, ""]);
    const text = lines.join("\n");
    assert.ok(!text.includes(escapeCharacter));
    assert.match(
      text,
      /^Subject\.request at tcp:\/\/localhost:\d+\nclosed loop: 64 calls in flight, on 1 connection, for [\d.]+ s\n/,
    );
    assert.match(text, /^ {2}calls {6}500, none failed$/m);
    assert.match(text, /^ {2}rate {7}[\d,.]+ calls\/s$/m);
    assert.match(text, /^ {2}traffic {4}[\d.]+ [kMG]?B\/s sent, [\d.]+ [kMG]?B\/s received$/m);
    assert.match(text, /^ +measured {3}at a steady pace$/m);
    for (const name of ["p50", "p90", "p99", "p99\\.9", "max"])
      assert.match(text, new RegExp(`^ {2}${name} +[\\d.]+ ms +[\\d.]+ ms$`, "m"));
    const rows = lines.filter((line) => /^ +[\d.]+ - +[\d.]+ ms /.test(line));
    const counts = rows.map((line) => Number(/ {2}([\d,]+)(?: {2}[p\d. max]+)?$/.exec(line)?.[1]?.replace(",", "")));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      500,
    );
    assert.match(text, /^ {2}measured +from making a call to its end\./m);
    assert.match(text, /--rate [\d.]+$/m);
  });

  test("of an open loop says what its times count from", async () => {
    const args = ["--calls", "20", "--rate", "2000", "--in-flight", "7", "--warm-up", "0"];
    const { code, lines } = await run("bench", url, "Subject.request", "hello", ...args);
    const text = lines.join("\n");
    assert.equal(code, 0);
    assert.match(text, /^open loop: 2,000 calls\/s, at most 7 in flight, on 1 connection, for /m);
    assert.match(text, /^ +since due$/m);
    assert.match(text, /^ {2}since due +from when a call was due to its end/m);
  });

  test("tells each kind of failure", async () => {
    const { code, lines } = await run("bench", url, "Subject.fail", "a\u001b[2Jb", "--calls", "5", "--warm-up", "0");
    const text = lines.join("\n");
    assert.equal(code, 1);
    assert.match(text, /^ {2}calls {6}5, 5 failed \(100 %\)$/m);
    assert.match(text, /^ {2}5 failed, after at most [\d.]+ ms\n {4}code UNKNOWN, reason THROWN, outcome executed\n/m);
    assert.match(text, /threw RangeError: a\\u001b\[2Jb/);
  });
});

suite("on a terminal", { skip: needs("python3") }, () => {
  const colours = "-u NO_COLOR -u CI TERM=xterm LC_ALL=C.UTF-8";
  const args = ["bench", "--calls", "300", "--warm-up", "0"];

  test("a line tells how it goes, and is taken away; then colours and blocks", async () => {
    const { code, lines } = await runOnTerminal(colours, ...args, url, "Subject.request", "hello");
    // A carriage return ends a line here, too.
    const text = lines.join("\n").replaceAll(escapeCharacter, "ESC");
    assert.equal(code, 0);
    assert.match(text, /^\nESC\[2K.*of 300 calls.*\nESC\[2KESC\[1mSubject\.request/s);
    assert.match(text, /ESC\[32m\u2588/);
    assert.match(text, /ESC\[2mclosed loop: 64 calls in flight, on 1 connection/);
  });

  // Two more terminals.
  if (!reaches("gate")) return;

  test("neither with --json", async () => {
    const { code, lines } = await runOnTerminal(colours, ...args, url, "Subject.request", "hello", "--json");
    assert.equal(code, 0);
    assert.equal(lines.length, 1);
    assertAddsUp(JSON.parse(lines[0] ?? ""));
  });

  test("without NO_COLOR's colours, and without blocks where the locale has none", async () => {
    const plain = "NO_COLOR=1 TERM=xterm LC_ALL=C";
    const { code, lines } = await runOnTerminal(plain, ...args, url, "Subject.request", "hello");
    const text = lines.join("\n").replaceAll(`${escapeCharacter}[2K`, "");
    assert.equal(code, 0);
    assert.ok(!text.includes(escapeCharacter) && !text.includes("\u2588"));
    assert.match(text, /^ +[\d.]+ - +[\d.]+ ms {2}#+ /m);
  });
});

suite("the plain wire", () => {
  test("takes one text, over tcp and udp", async () => {
    const urls = ["tcp://localhost:0", "udp://localhost:0"];
    await using plain = await servedModule(moduleAt("plain"), urls, "--wire", "plain");
    for (const each of plain.urls) {
      const args = ["--calls", "40", "--in-flight", "4", "--warm-up", "0", "--json"];
      const { code, ...printed } = await run("bench", each, "--wire", "plain", "hello", ...args);
      const result = resultOf(printed);
      assertAddsUp(result);
      assert.deepEqual([code, result.returned, result.method, result.connections], [0, 40, null, null]);
      assert.ok(result.bytesSentPerSecond > 0 && result.bytesReceivedPerSecond > 0);
    }
    const { code, lines } = await run("bench", plain.url, "--wire", "plain", "boom", "--calls", "2", "--warm-up", "0");
    assert.equal(code, 1);
    assert.ok(lines.some((line) => line.includes("reason NO_REPLY, outcome unknown")));
  });
});

suite("what cannot be measured is told at once", () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["a method that is not there", ["Subject.reqeust"], /NO_METHOD, outcome not-executed\n.*upcall list/],
    ["a wrong argument", ["Checked.double", "{n:1}"], /BAD_ARGUMENT, outcome not-executed\n.*looks like JSON/],
    ["a method without a reply", ["test.Log.write", "x"], /nothing to time.*\n.*reason NOT_SUPPORTED/],
  ];
  for (const [name, args, message] of cases) {
    test(name, async () => {
      const { code, lines, said } = await run("bench", url, ...args);
      assert.deepEqual([code, lines], [1, []]);
      assert.match(said, message);
    });
  }

  test("a stream, which need not end", async () => {
    await using streams = await servedModule(moduleAt("streams"), ["tcp://localhost:0"]);
    const { code, lines, said } = await run("bench", streams.url, "Numbers.forever");
    assert.deepEqual([code, lines], [1, []]);
    assert.match(said, /returns a stream, which need not end.*\n.*reason NOT_SUPPORTED/);
  });

  test("no server, on both wires, in JSON too", async () => {
    const nowhere = "unix:/nowhere.sock";
    for (const args of [["S.m"], ["--wire", "plain", "hello"]]) {
      const { code, lines, said } = await run("bench", nowhere, ...args, "--json");
      assert.deepEqual([code, lines], [1, []]);
      assert.equal(JSON.parse(said).error.reason, "CONNECTION_REFUSED");
    }
  });
});

test("a reader that has gone ends it quietly", async () => {
  const bench = start("bench", url, "Subject.request", "hello", "--calls", "10", "--warm-up", "0");
  bench.child.stdout?.destroy();
  const [code] = await once(bench.child, "close");
  assert.equal(code, 0);
});
