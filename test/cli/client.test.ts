// The commands that call a server: call, list, describe and ping, as real processes.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { needs } from "../harness/programs.ts";
import { type Ended, LateWay, run, runOnTerminal, type Served, served } from "./command.ts";

let server: Served;
let tcp: string;
let unix: string;

before(async () => {
  const path = join(tmpdir(), `upcall-cli-${process.pid}.sock`);
  server = await served(["tcp://localhost:0", `unix:${path}`], "--expose", "message");
  [tcp = "", unix = ""] = server.urls;
});
after(async () => {
  await server.endBy("SIGTERM");
});

const only = ({ code, lines, said }: Ended): unknown => {
  assert.equal(said, "");
  assert.equal(code, 0);
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0] ?? "");
};

suite("call", () => {
  for (const medium of ["tcp", "unix"]) {
    test(`prints the result as JSON, over ${medium}`, async () => {
      const url = medium === "tcp" ? tcp : unix;
      assert.deepEqual(await run("call", url, "Subject.request", "hello"), { code: 0, lines: ['"olleh"'], said: "" });
    });
  }

  test("takes each argument as JSON, or as text where it is none; a negative number is no option", async () => {
    const args = ["1", "-5", "bare text", '"5"', "[1,{}]", "null", '{"$bigint":"99999999999999999999"}'];
    assert.deepEqual(only(await run("call", tcp, "Subject.echo", ...args)), [
      1,
      -5,
      "bare text",
      "5",
      [1, {}],
      null,
      { $bigint: "99999999999999999999" },
    ]);
  });

  test("takes every argument as text with --text, and options as arguments after --", async () => {
    const result = only(await run("call", tcp, "Subject.echo", "--text", "5", "-7", "{", "--", "--json"));
    assert.deepEqual(result, ["5", "-7", "{", "--json"]);
  });

  test("carries what JSON lacks there and back", async () => {
    const notations = [
      '{"$undefined":true}',
      '{"$number":"-0"}',
      '{"$date":"2026-11-05T12:00:00.000Z"}',
      '{"$bytes":"AQL/"}',
      '{"$array":{"kind":"Float64Array","base64":"AAAAAAAA8D8="}}',
      '{"$map":[[{"$set":[1]},{"$bigint":"-7"}]]}',
      '{"$error":{"name":"TypeError","message":"m","code":"E","cause":[1]}}',
      '{"$object":{"$bytes":"AQ=="}}',
    ];
    const { code, lines, said } = await run("call", tcp, "Subject.echo", ...notations);
    assert.deepEqual({ code, said, lines }, { code: 0, said: "", lines: [`[${notations.join(",")}]`] });
  });

  test("prints nothing for a method without a reply, whose message has been sent all the same", async () => {
    assert.deepEqual(await run("call", tcp, "test.Log.write", "a line"), { code: 0, lines: [], said: "" });
    assert.deepEqual(only(await run("call", unix, "test.Log.read")), ["a line"]);
  });

  test("tells of a thrown error on standard error, with exit code 1", async () => {
    const { code, lines, said } = await run("call", tcp, "Subject.fail", "oh no");
    assert.deepEqual({ code, lines }, { code: 1, lines: [] });
    assert.match(
      said,
      /^upcall: Subject\.fail threw RangeError: oh no\n {2}code UNKNOWN, reason THROWN, outcome executed\n {2}incident [0-9a-f]{16} in the server's log\n$/,
    );
  });

  test("tells of it in JSON with --json", async () => {
    const { code, lines, said } = await run("call", tcp, "Subject.fail", "oh no", "--json");
    assert.deepEqual({ code, lines }, { code: 1, lines: [] });
    const { incident, ...error } = JSON.parse(said).error;
    assert.match(incident, /^[0-9a-f]{16}$/);
    assert.deepEqual(error, {
      code: "UNKNOWN",
      reason: "THROWN",
      outcome: "executed",
      message: "Subject.fail threw RangeError: oh no",
      advice: null,
    });
  });

  test("tells of a declared error with its data, and of its name in JSON", async () => {
    const { code, lines, said } = await run("call", tcp, "Bank.withdraw", "105");
    assert.deepEqual({ code, lines }, { code: 1, lines: [] });
    assert.equal(
      said,
      [
        "upcall: too little is there",
        '  error InsufficientFunds, data {"missing":{"$bigint":"5"}}',
        "  code FAILED_PRECONDITION, reason THROWN, outcome executed",
        "",
      ].join("\n"),
    );
    const { error } = JSON.parse((await run("call", tcp, "Bank.withdraw", "105", "--json")).said);
    assert.deepEqual(error, {
      code: "FAILED_PRECONDITION",
      reason: "THROWN",
      outcome: "executed",
      message: "too little is there",
      advice: null,
      name: "InsufficientFunds",
      data: { missing: { $bigint: "5" } },
    });
    const closed = await run("call", tcp, "Bank.withdraw", "0");
    assert.match(closed.said, /^upcall: closed\n {2}error Closed\n {2}code ABORTED/);
  });

  test("an error that nobody declared is told by an id, under which the server has said more", async () => {
    await using hiding = await served(["tcp://localhost:0"]);
    const { code, said } = await run("call", hiding.url, "Subject.fail", "oh no");
    assert.equal(code, 1);
    const [, incident = ""] =
      /^upcall: Subject\.fail failed with .* has it under ([0-9a-f]{16})\n {2}code UNKNOWN, reason THROWN, outcome executed\n$/.exec(
        said,
      ) ?? [];
    const ended = await hiding.endBy("SIGTERM");
    assert.match(
      ended.said,
      new RegExp(`^upcall: incident ${incident}: Subject\\.fail .* threw RangeError: oh no \\| at `),
    );
  });

  test("control characters of a message do not reach the terminal", async () => {
    const { said } = await run("call", tcp, "Subject.fail", "a\u001b[2Jb\u009bc");
    assert.match(said, /a\\u001b\[2Jb\\u009bc/);
  });

  test("ends by --timeout", async () => {
    const { code, said } = await run("call", tcp, "Subject.hang", "--timeout", "500");
    assert.equal(code, 1);
    assert.match(said, /^upcall: Subject\.hang got no reply/);
    assert.match(said, /code DEADLINE_EXCEEDED, reason TIMEOUT, outcome unknown/);
  });

  test("a short --timeout is of the call alone: connecting and asking have longer", async () => {
    await using late = await LateWay.to(tcp, 200);
    const { code, said } = await run("call", late.url, "Subject.hang", "--timeout", "20");
    assert.equal(code, 1);
    assert.match(said, /^upcall: Subject\.hang (?!was not called, since)/);
    // On a busy machine the time may be over before the call is sent, or before it is begun.
    assert.match(said, /code DEADLINE_EXCEEDED, reason (TIMEOUT|EXPIRED)/);
  });
});

suite("the commonest mistakes say what happened and what to do", () => {
  test("no server there", async () => {
    const { code, said } = await run("call", "unix:/nowhere.sock", "Subject.request", "x");
    assert.equal(code, 1);
    assert.match(
      said,
      /nothing is at \/nowhere.sock: .*\n.*UNAVAILABLE, reason CONNECTION_REFUSED, outcome not-executed\n/,
    );
    assert.match(said, /upcall serve <module> --on unix:\/nowhere\.sock/);
  });

  test("a method or an interface spelt wrongly", async () => {
    for (const [asked, reason] of [
      ["Subject.reqeust", "NO_METHOD"],
      ["Subjet.request", "NO_INTERFACE"],
    ] as const) {
      const { code, said } = await run("call", tcp, asked, "x");
      assert.equal(code, 1);
      assert.match(said, /Did you mean Subject\.request\?/);
      assert.match(said, new RegExp(`code UNIMPLEMENTED, reason ${reason}, outcome not-executed`));
      assert.ok(said.includes(`upcall list ${tcp}`));
    }
  });

  test("a wrong argument", async () => {
    const { code, said } = await run("call", tcp, "Checked.double", "{n:1}");
    assert.equal(code, 1);
    assert.match(said, /reason BAD_ARGUMENT, outcome not-executed/);
    assert.match(said, /\{n:1\} looks like JSON and is none/);
    assert.ok(said.includes(`upcall describe ${tcp} Checked`));
  });

  test("an instance of a class as the result", async () => {
    const { code, said } = await run("call", tcp, "Subject.instance");
    assert.equal(code, 1);
    assert.match(said, /an instance of class Point: send plain data/);
  });

  test("something at the other end that is no server of upcall", async () => {
    const web = createServer((socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    }).listen(0, "127.0.0.1");
    // A failed assertion must not keep the process.
    web.unref();
    await new Promise((resolve) => web.once("listening", resolve));
    const address = web.address();
    assert.ok(typeof address === "object" && address !== null);
    const url = `tcp://127.0.0.1:${address.port}`;
    for (const args of [
      ["list", url],
      ["call", url, "Subject.request", "x"],
    ]) {
      const { code, said } = await run(...args);
      assert.equal(code, 1);
      assert.match(said, /is tcp:\/\/127\.0\.0\.1:\d+ a server of upcall with the native wire\?/);
      // Whatever became of the question what there is: the method was not called.
      if (args[0] === "call") assert.match(said, /^upcall: Subject\.request was not called.*\n.*outcome not-executed/);
    }
    web.close();
  });
});

suite("list, describe and ping", () => {
  test("list prints a table, or JSON", async () => {
    const { code, lines } = await run("list", tcp);
    assert.equal(code, 0);
    assert.match(lines[0] ?? "", /^INTERFACE +METHODS +FINGERPRINT$/);
    assert.match(lines[1] ?? "", /^Subject +request, echo, fail, instance, .* +[0-9a-f]{16}$/);
    assert.match(lines[2] ?? "", /^test\.Log +write, read +[0-9a-f]{16}$/);
    const told = only(await run("list", unix, "--json")) as { name: string; methods: string[] }[];
    assert.deepEqual(
      told.map(({ name, methods }) => [name, methods.length]),
      [
        ["Subject", 8],
        ["test.Log", 2],
        ["Checked", 1],
        ["Bank", 2],
      ],
    );
  });

  test("describe prints each method, or one interface, or JSON", async () => {
    const all = await run("describe", tcp);
    assert.equal(all.code, 0);
    assert.match(all.lines[0] ?? "", /^Subject {2}[0-9a-f]{16}$/);
    assert.match(all.lines[1] ?? "", /^ {2}METHOD +KIND +PLAIN +ARGUMENTS +RESULT +TIMEOUT +IDEMPOTENT$/);
    assert.ok(all.lines.some((line) => /^ {2}fail +call +text +- +- +5000 ms +no$/.test(line)));
    assert.ok(all.lines.some((line) => /^ {2}write +oneway +text/.test(line)));
    assert.ok(all.lines.some((line) => /^ {2}double +call +text +schema \(test\) +schema \(test\)/.test(line)));
    assert.ok(all.lines.some((line) => /^ {2}ERROR +CODE +DATA +OF$/.test(line)));
    assert.ok(all.lines.some((line) => /^ {2}InsufficientFunds +FAILED_PRECONDITION +- +withdraw$/.test(line)));
    assert.ok(all.lines.some((line) => /^ {2}Closed +ABORTED +- +withdraw, close$/.test(line)));
    const one = only(await run("describe", unix, "Checked", "--json"));
    assert.ok(Array.isArray(one) && one.length === 1);
    assert.deepEqual(one[0].methods[0].args, ["schema (test)"]);
  });

  test("describe suggests the interface that was meant", async () => {
    const { code, said } = await run("describe", tcp, "Cheked");
    assert.equal(code, 1);
    assert.match(said, /it has Subject, test\.Log, Checked, Bank\. Did you mean Checked\?/);
  });

  test("ping tells least, median and most", async () => {
    const { code, lines } = await run("ping", tcp, "--count", "3");
    assert.equal(code, 0);
    assert.match(lines[0] ?? "", /^3 pings: min [\d.]+ ms, median [\d.]+ ms, max [\d.]+ ms$/);
    const told = only(await run("ping", unix, "--count=4", "--json")) as Record<string, number>;
    assert.equal(told["count"], 4);
    const { min = -1, median = -1, max = -1 } = told;
    assert.ok(0 < min && min <= median && median <= max);
  });

  test("ping gives up on a server that never answers", async () => {
    const mute = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => mute.once("listening", resolve));
    const address = mute.address();
    assert.ok(typeof address === "object" && address !== null);
    const { code, said } = await run("ping", `tcp://127.0.0.1:${address.port}`, "--timeout", "1000");
    mute.close();
    assert.equal(code, 1);
    assert.match(said, /did not answer within 1000 ms.*\n.*DEADLINE_EXCEEDED, reason TIMEOUT/);
  });
});

suite("colours", { skip: needs("python3") }, () => {
  const sequence = "\u001b[";

  test("not into a pipe", async () => {
    const { lines } = await run("list", tcp);
    assert.ok(!lines.join("").includes(sequence));
    const { said } = await run("list", "unix:/nowhere.sock");
    assert.ok(!said.includes(sequence));
  });

  test("on a terminal, unless NO_COLOR is set", async () => {
    const coloured = await runOnTerminal("-u NO_COLOR -u CI TERM=xterm", "list", tcp);
    assert.deepEqual([coloured.code, coloured.lines.join("").includes(sequence)], [0, true]);
    const plain = await runOnTerminal("NO_COLOR=1 TERM=xterm", "list", tcp);
    assert.deepEqual([plain.code, plain.lines.join("").includes(sequence)], [0, false]);
    assert.match(plain.lines[0] ?? "", /^INTERFACE/);
  });
});
