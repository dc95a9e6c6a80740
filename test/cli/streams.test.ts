// The command and streams: a result that is one, an argument that is one, and Ctrl-C.
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { moduleAt, run, type Served, servedModule, start } from "./command.ts";

let server: Served;

before(async () => {
  server = await servedModule(moduleAt("streams"), ["tcp://localhost:0"]);
});
after(async () => {
  await server.endBy("SIGTERM");
});

suite("call, with streams", () => {
  test("prints each item as one line of JSON", async () => {
    assert.deepEqual(await run("call", server.url, "Numbers.upTo", "3"), { code: 0, lines: ["0", "1", "2"], said: "" });
    assert.deepEqual(await run("call", server.url, "Numbers.upTo", "0"), { code: 0, lines: [], said: "" });
  });

  test("takes a list where a stream is declared", async () => {
    assert.deepEqual(await run("call", server.url, "Numbers.sum", "[1,2,3]"), { code: 0, lines: ["6"], said: "" });
    assert.deepEqual((await run("call", server.url, "Numbers.double", "[1,2]")).lines, ["2", "4"]);
    const { code, said } = await run("call", server.url, "Numbers.sum", "5");
    assert.equal(code, 1);
    assert.match(said, /INVALID_ARGUMENT/);
  });

  test("prints what came before an error, and then the error", async () => {
    const { code, lines, said } = await run("call", server.url, "Numbers.fails");
    assert.deepEqual({ code, lines }, { code: 1, lines: ["1"] });
    assert.match(said, /there is no second one/);
    assert.match(said, /DATA_LOSS/);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`${signal} ends a stream where it is made, and is a good end`, async () => {
      const before = Number((await run("call", server.url, "Numbers.ended")).lines[0]);
      const program = start("call", server.url, "Numbers.forever");
      assert.equal(await program.line(), '{"index":0}');
      assert.equal(await program.line(), '{"index":1}');
      program.child.kill(signal);
      const { end, said } = await program.end();
      assert.deepEqual({ end, said }, { end: 0, said: "" });
      const after = Number((await run("call", server.url, "Numbers.ended")).lines[0]);
      assert.equal(after, before + 1);
    });
  }

  test("describe says where streams stand", async () => {
    const { lines } = await run("describe", server.url, "Numbers");
    assert.match(lines.join("\n"), /stream of/);
  });
});
