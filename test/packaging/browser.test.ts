// A browser's bundle of the packed package: it has no imports of Node, calls over memory: work in it, and a client is as
// small as it was made, because a bundler leaves out what its interfaces do not declare.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { suite, test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { Stranger } from "../harness/packed.ts";

const program = `
import { close, connect, defineInterface, implement, method, open, serve, Skeleton, UpcallError, within } from "upcall";

const Subject = defineInterface("Subject", {
  request: method(),
  wait: method(),
});

class RealSubject extends Skeleton(Subject) {
  request(data) { return [...data].reverse().join(""); }
  wait() { return new Promise(() => {}); }
}

export async function main() {
  const server = await serve(new RealSubject(), "memory:app", { limits: { drain: 10 } });
  const subject = await connect(Subject, "memory:app", { limits: { drain: 10 } });
  const said = [await subject.request("gr\\u00fc\\u00df dich \\u{1f600}")];
  const late = await within(subject, { timeout: 20 }).wait().catch((error) => error);
  said.push(late instanceof UpcallError, late.code);
  const refused = await connect(Subject, "tcp://localhost:1").catch((error) => error);
  said.push(refused.reason, refused.message);
  await close(subject);
  await server.close();
  return said;
}
`;

/** A client of one interface. @param declared its one method, and what it is made with */
function clientOf(declared: string, ...names: readonly string[]): string {
  return `import { ${["connect", "defineInterface", "method", ...names].join(", ")} } from "upcall";
const Subject = defineInterface("Subject", { request: ${declared} });
export const subject = connect(Subject, "memory:app");`;
}

/** Programs of one page, by what their interface declares. */
const clients = {
  "plain data": clientOf("method()"),
  streams: clientOf("method({ args: [], returns: stream() })", "stream"),
  callbacks: clientOf("method({ args: [callback()] })", "callback"),
  everything: `export * from "upcall";`,
} as const;

/** Texts that only one part of upcall has, and the clients that need it. */
const parts: readonly (readonly [text: string, needed: readonly string[]])[] = [
  ["was lent until its call was over", ["callbacks", "everything"]],
  ["sent more than it had credit for", ["streams", "everything"]],
];

/** Bytes of each, minified and gzipped, as they were reached; the guard is 3 % above. */
const reached: Readonly<Record<keyof typeof clients, number>> = {
  "plain data": 60_700,
  streams: 68_600,
  callbacks: 81_300,
  everything: 93_300,
};

/** What every browser has, and nothing of Node. */
function browser(): object {
  const { performance, crypto, TextDecoder, TextEncoder, AbortController, URL, queueMicrotask } = globalThis;
  const timers = { setTimeout: (fn: () => void, ms: number) => Number(setTimeout(fn, ms)), clearTimeout };
  return createContext({
    performance,
    crypto,
    TextDecoder,
    TextEncoder,
    AbortController,
    URL,
    queueMicrotask,
    ...timers,
  });
}

suite("a browser's bundle of the packed package", () => {
  test("has no import of Node's, and a server and a client in it talk over memory:", async () => {
    using stranger = new Stranger();
    writeFileSync(stranger.path("main.js"), program);
    await build({
      entryPoints: [stranger.path("main.js")],
      bundle: true,
      platform: "browser",
      format: "iife",
      globalName: "page",
      outfile: stranger.path("page.js"),
      logLevel: "silent",
    });
    const code = readFileSync(stranger.path("page.js"), "utf8");
    assert.doesNotMatch(code, /["']node:/);
    const said = await (runInContext(`${code}; page.main()`, browser()) as Promise<unknown[]>);
    assert.deepEqual(
      [...said],
      [
        "😀 hcid ßürg",
        true,
        "DEADLINE_EXCEEDED",
        "NOT_SUPPORTED",
        '"tcp://localhost:1": a browser has no tcp: sockets; only memory: works here, as in memory:app, or a medium of your own',
      ],
    );
  });

  for (const [name, client] of Object.entries(clients) as [keyof typeof clients, string][])
    test(`of a client of ${name} is no larger than it was`, async (context) => {
      using stranger = new Stranger();
      writeFileSync(stranger.path("main.js"), client);
      const { outputFiles } = await build({
        entryPoints: [stranger.path("main.js")],
        bundle: true,
        minify: true,
        platform: "browser",
        format: "esm",
        write: false,
        logLevel: "silent",
      });
      const [{ contents } = assert.fail()] = outputFiles;
      const { length } = gzipSync(contents, { level: 9 });
      context.diagnostic(`a browser's client of ${name}: ${length} bytes gzipped, ${contents.length} minified`);
      assert.ok(length > 1_000, "nothing was bundled");
      assert.ok(length <= reached[name] * 1.03, `${length} bytes gzipped; ${reached[name]} were reached before`);
      for (const [text, needed] of parts)
        assert.equal(Buffer.from(contents).includes(text), needed.includes(name), text);
    });

  test("is refused by the bundler where it imports what needs Node", async () => {
    using stranger = new Stranger();
    writeFileSync(stranger.path("main.js"), `import { socket } from "upcall/socket"; socket("tcp");`);
    const bundle = build({
      entryPoints: [stranger.path("main.js")],
      bundle: true,
      platform: "browser",
      write: false,
      logLevel: "silent",
    });
    await assert.rejects(bundle, /Could not resolve "node:/);
  });
});
