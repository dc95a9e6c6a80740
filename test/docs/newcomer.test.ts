// A newcomer with the packed package and the README: the first screen compiles and runs, and the commonest mistakes are
// answered by a message that says what to do.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { root, run, Stranger } from "../harness/packed.ts";
import { Console, freePort } from "./console.ts";
import { sectionsOf } from "./markdown.ts";

const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const [firstScreen] = sectionsOf(readFileSync(join(root, "README.md"), "utf8"));

/** Prints what a promise comes to, errors as a program would show them to its user. */
const show = `
export async function show(promise) {
  await promise.then(
    (value) => console.log("gave", value),
    (error) => console.log(error.name, error.code, error.reason, error.outcome, "|", error.message),
  );
}`;

suite("a stranger with the package and the README", () => {
  let stranger: Stranger;
  let port: number;

  before(async () => {
    stranger = new Stranger();
    port = await freePort();
    writeFileSync(stranger.path("show.mjs"), show);
  });
  after(() => stranger[Symbol.dispose]());

  /** Runs a program of plain JavaScript and gives the lines it prints. */
  const program = (text: string): string[] => {
    writeFileSync(stranger.path("program.mjs"), `import { show } from "./show.mjs";\n${text}`);
    return run(process.execPath, ["program.mjs"], stranger.folder).stdout.trimEnd().split("\n");
  };

  test("compiles the first screen with strict and nodenext alone, and runs it until Ctrl-C", async () => {
    assert.ok(firstScreen !== undefined);
    for (const { name, text } of firstScreen.files)
      writeFileSync(stranger.path(name), text.replaceAll("7000", `${port}`));
    const files = firstScreen.files.map(({ name }) => name);
    run(process.execPath, [tsc, "--ignoreConfig", "--strict", "--module", "nodenext", ...files], stranger.folder);
    await using shell = new Console(stranger.folder);
    for (const { command, prints } of firstScreen.commands)
      await shell.run({ command, prints: prints.map((line) => line.replaceAll("7000", `${port}`)) });
    await shell.interrupt();
  });

  test("an old client calls a newer server, and a new client an older one", () => {
    const lines = program(`
      import { connect, defineInterface, method, serve } from "upcall";
      const Old = defineInterface("Subject", { request: method(), size: method() });
      const New = defineInterface("Subject", { added: method(), request: method(), size: method() });
      const object = { added: () => "new", request: (data) => data + "!", size: (data) => data.length };
      for (const [served, called] of [[New, Old], [Old, New]]) {
        const server = await serve(served, object, "tcp://localhost:0");
        const subject = await connect(called, server.url);
        await show(subject.request("ciao"));
        await show(subject.size("ciao"));
        if (called === New) await show(subject.added());
        await show(subject.request("still"));
        await server.close();
      }`);
    assert.deepEqual(lines, [
      "gave ciao!",
      "gave 4",
      "gave still!",
      "gave ciao!",
      "gave 4",
      "UpcallError UNIMPLEMENTED NO_METHOD not-executed | Subject on the server has no method added; it has request, size: is the server older than the client?",
      "gave still!",
    ]);
  });

  suite("and the commonest mistakes: what happened, and what to do", () => {
    const subject = `
      import { connect, defineInterface, method, serve } from "upcall";
      const Subject = defineInterface("Subject", { request: method(), save: method({ plain: "value" }) });
      const object = { request: (data) => data.toUpperCase(), save: () => {} };`;

    test("the server is not there", () => {
      assert.deepEqual(program(`${subject} await show(connect(Subject, "tcp://127.0.0.1:${port}"));`), [
        `UpcallError UNAVAILABLE CONNECTION_REFUSED not-executed | connecting to tcp://127.0.0.1:${port} failed: nothing listens there; start the server first, or check the address and the port (ECONNREFUSED)`,
      ]);
    });

    test("the port is in use", () => {
      const lines = program(`${subject}
        const server = await serve(Subject, object, "tcp://127.0.0.1:${port}");
        await show(serve(Subject, object, "tcp://127.0.0.1:${port}"));
        await server.close();`);
      assert.deepEqual(lines, [
        `UpcallError UNAVAILABLE ADDRESS_IN_USE not-executed | listening on tcp://127.0.0.1:${port} failed: another socket has this port; end the program that holds it, choose another port, or 0 for the first free one (EADDRINUSE)`,
      ]);
    });

    test("a wrong method: by a class that lacks it, and on a proxy", () => {
      const lines = program(`${subject}
        import { Skeleton } from "upcall";
        class RealSubject extends Skeleton(Subject) { reqest() {} save() {} }
        await show((async () => new RealSubject())());
        const server = await serve(Subject, object, "memory:a");
        const proxy = await connect(Subject, "memory:a");
        await show((async () => proxy.reqest("x"))());
        await server.close();`);
      assert.deepEqual(lines, [
        "UpcallError INVALID_ARGUMENT BAD_INTERFACE not-executed | class RealSubject does not implement Subject: it lacks request(); write a method as a method of the class: a field is not there yet when this is checked",
        "TypeError undefined undefined undefined | proxy.reqest is not a function",
      ]);
    });

    test("a wrong argument: where the interface has a schema, and where it has none", () => {
      const lines = program(`${subject}
        const text = { "~standard": { version: 1, vendor: "mine", validate: (value) =>
          typeof value === "string" ? { value } : { issues: [{ message: "must be a text" }] } } };
        const Checked = defineInterface("Checked", { request: method({ args: [text], returns: text }) });
        const server = await serve(Subject, object, "memory:b", { expose: "message" });
        await show((await connect(Subject, "memory:b")).request(7));
        const checked = await serve(Checked, object, "memory:c");
        await show((await connect(Checked, "memory:c")).request(7));
        await Promise.all([server.close(), checked.close()]);`);
      assert.deepEqual(lines, [
        "UpcallError UNKNOWN THROWN executed | Subject.request threw TypeError: data.toUpperCase is not a function",
        "UpcallError INVALID_ARGUMENT BAD_ARGUMENT not-executed | Checked.request was not called: arguments[0]: must be a text",
      ]);
    });

    test("an instance of a class as an argument", () => {
      const lines = program(`${subject}
        class Account { id = 7 }
        const server = await serve(Subject, object, "memory:d");
        await show((await connect(Subject, "memory:d")).save({ owner: new Account() }));
        await server.close();`);
      assert.deepEqual(lines, [
        "UpcallError INVALID_ARGUMENT NOT_MARSHALLABLE not-executed | cannot send arguments[0].owner: it is an instance of class Account: send plain data instead, as in { ...it }, or what the other side needs of it",
      ]);
    });
  });
});
