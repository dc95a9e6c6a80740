// A killed server or client process (crash, SIGKILL) during calls: the calls fail at once with an unknown outcome, the
// other side goes on, and closed processes exit by themselves.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { connect, serve, type UpcallError } from "upcall";
import { media } from "../harness/media.ts";
import { RealSubject, Subject } from "./interfaces.ts";

const crossing = media.filter(({ name }) => name !== "memory");

function start(program: string, ...args: readonly string[]): { child: ChildProcess; lines: AsyncIterator<string> } {
  const file = fileURLToPath(new URL(`./modules/${program}.js`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  assert.ok(child.stdout !== null);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

for (const medium of crossing) {
  test(`${medium.name}: a server that is killed during calls: they end at once, and whether they ran is not known`, async () => {
    const { child, lines } = start("server", medium.url());
    const url = String((await lines.next()).value);
    const subject = await connect(Subject, url, { reconnect: false });
    assert.equal(await subject.reverse("ab"), "ba");
    const calls = [subject.never(), subject.never()].map((call) =>
      call.then(
        () => assert.fail("it returned"),
        (error: UpcallError) => error,
      ),
    );
    await subject.reverse("both run now");
    const begun = performance.now();
    child.kill("SIGKILL");
    const errors = await Promise.all(calls);
    assert.ok(performance.now() - begun < 5_000);
    for (const error of errors) assert.deepEqual([error.code, error.outcome], ["UNAVAILABLE", "unknown"]);
    await assert.rejects(subject.reverse("x"), { code: "UNAVAILABLE", outcome: "not-executed" });
  });

  test(`${medium.name}: a client that is killed leaves a server that goes on`, async () => {
    await using server = await serve(Subject, new RealSubject(), medium.url());
    const { child, lines } = start("client", server.url);
    assert.equal((await lines.next()).value, "cba");
    child.kill("SIGKILL");
    await once(child, "exit");
    await using subject = await connect(Subject, server.url);
    assert.equal(await subject.reverse("ab"), "ba");
  });

  test(`${medium.name}: a process that has closed everything ends by itself`, async () => {
    const { child, lines } = start("both", medium.url());
    const exited = once(child, "exit");
    assert.equal((await lines.next()).value, "closed");
    const [code] = await exited;
    assert.equal(code, 0);
  });

  test(`${medium.name}: a client's process ends by itself after close`, async () => {
    await using server = await serve(Subject, new RealSubject(), medium.url());
    const { child } = start("client", server.url);
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
  });
}
