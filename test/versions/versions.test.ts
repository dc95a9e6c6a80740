// Versions: a client of an older version of upcall with a server of this one, and the reverse (compatibility), as processes:
// native and plain wire over tcp, unix and udp. The older packages lie beside this file.
import assert from "node:assert/strict";
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { everyModel, type Place } from "../harness/every-model.ts";
import { root } from "../harness/packed.ts";
import { reaches } from "../harness/tier.ts";
import * as serving from "./serving.ts";
import { drained, plainly, type Seen, turnedAway, values, walk } from "./walk.ts";

/** What every client sees of every server. */
const wanted: Seen = {
  values,
  "an error": "NOT_FOUND THROWN executed",
  "an error of another kind": "UNKNOWN THROWN executed",
  "metadata and the time that is left": { metadata: { tenant: "anna" }, remaining: true },
  "metadata of the answer": "heard",
  "a deadline": "DEADLINE_EXCEEDED TIMEOUT unknown",
  oneways: ["one", "two"],
  "a stream": [1, 2, 3],
  "a stream's end": "OUT_OF_RANGE THROWN executed",
  "streams both ways": [1, 3, 6],
  "a stream as an argument": (4_999 * 5_000) / 2,
  "a callback": 3,
  "a callback that is not kept": "INVALID_ARGUMENT BAD_REFERENCE not-executed",
  "a callback that is kept": ["news"],
  "a reference": [3, 'TooMuch: a counter goes to 100, {"most":97}, executed'],
  pipelining: [10, 'TooMuch: a counter goes to 100, {"most":95}, executed'],
  "a cancelled call": ["CANCELLED ABORTED unknown", "was cancelled"],
  "a reference that was given back": "UNAVAILABLE CLOSED not-executed",
};
const wantedOfClosing: Seen = {
  "a call that runs": "done",
  "a call after the go-away": "UNAVAILABLE CLOSED not-executed",
  "a call after the end": "UNAVAILABLE CLOSED not-executed",
};
const ends = ["newline", "half-close", "chunk"] as const;

/** A process of an older version, which does what this one does by itself. */
class Peer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #asked: Map<number, { resolve(value: unknown): void; reject(error: Error): void }> = new Map();
  #count = 0;

  constructor(folder: string) {
    this.#child = fork(join(folder, "programs", "peer.js"), {
      cwd: folder,
      serialization: "advanced",
      // What this process was started with may name parts of the package that are not in the older one.
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    this.#child.on("message", ({ id, value, error }: { id: number; value: unknown; error?: string }) => {
      const asked = this.#asked.get(id);
      if (error === undefined) asked?.resolve(value);
      else asked?.reject(new Error(`the older version: ${error}`));
    });
    this.#child.on("exit", (code, signal) => {
      for (const asked of this.#asked.values())
        asked.reject(new Error(`the older version ended with ${code ?? signal}`));
    });
  }

  async ask<T>(what: string, ...args: unknown[]): Promise<T> {
    const id = this.#count++;
    const value = await new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#child.send({ id, what, args });
    });
    this.#asked.delete(id);
    return value as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.disconnect();
    await gone;
  }
}

const here = fileURLToPath(new URL(".", import.meta.url));
const packages = readdirSync(join(root, "test", "versions")).filter((file) => file.endsWith(".tgz"));

test("a package of an older version is here", () => assert.notEqual(packages.length, 0));

for (const name of packages) {
  suite(`${name.replace(".tgz", "")} and this version`, () => {
    const folder = mkdtempSync(join(tmpdir(), "upcall-versions-"));
    let peer: Peer;

    /** Addresses for one server: with each medium of the native wire that goes from process to process. */
    let count = 0;
    const unix = (): string => `unix:${join(folder, `${count++}.sock`)}`;

    before(() => {
      // The same programs, where `upcall` is the older one.
      cpSync(here, folder, { recursive: true });
      const into = join(folder, "node_modules", "upcall");
      mkdirSync(into, { recursive: true });
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      const unpacking = spawnSync("tar", [
        "xzf",
        join(root, "test", "versions", name),
        "--strip-components=1",
        "-C",
        into,
      ]);
      assert.equal(unpacking.status, 0, String(unpacking.error ?? unpacking.stderr));
      peer = new Peer(folder);
    });
    after(async () => {
      await serving.end();
      await peer[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    test("is another one", async () => {
      const place = await peer.ask<string>("place");
      assert.ok(place.startsWith("file://") && place.includes("upcall-versions-"), place);
    });

    test("an old client and a new server", async () => {
      const urls = await serving.begin(["tcp://127.0.0.1:0", unix()]);
      for (const url of urls) assert.deepEqual(await peer.ask("walk", url, serving.token), wanted, url);
      assert.equal(await peer.ask("turnedAway", urls[0]), "UNAUTHENTICATED NOT_AUTHENTICATED not-executed");
      assert.deepEqual(await peer.ask("drained", urls[0], serving.token), wantedOfClosing);
    });

    test("a new client and an old server", async () => {
      const urls = await peer.ask<string[]>("begin", ["tcp://127.0.0.1:0", unix()]);
      for (const url of urls) assert.deepEqual(await walk(url, serving.token), wanted, url);
      assert.equal(await turnedAway(urls[0] ?? ""), "UNAUTHENTICATED NOT_AUTHENTICATED not-executed");
      assert.deepEqual(await drained(urls[0] ?? "", serving.token), wantedOfClosing);
    });

    test("the plain wire, both ways", async () => {
      for (const end of ends) {
        for (const url of await serving.beginPlain(["tcp://127.0.0.1:0", unix()], end))
          assert.deepEqual(await peer.ask("plainly", url, end), ["HELLO", "AGAIN"], `${url}, ${end}`);
        for (const url of await peer.ask<string[]>("beginPlain", ["tcp://127.0.0.1:0", unix()], end))
          assert.deepEqual(await plainly(url, end), ["HELLO", "AGAIN"], `${url}, ${end}`);
      }
      const [datagrams = ""] = await serving.beginPlain(["udp://127.0.0.1:0"]);
      assert.deepEqual(await peer.ask("plainly", datagrams), ["HELLO", "AGAIN"]);
      const [old = ""] = await peer.ask<string[]>("beginPlain", ["udp://127.0.0.1:0"]);
      assert.deepEqual(await plainly(old), ["HELLO", "AGAIN"]);
    });

    // Two workers would each have their own subscriptions.
    const matrix = { media: ["tcp", "unix"], size: 1 } as const;
    if (reaches("all"))
      everyModel(`${name}, both ways`, matrix, (place: Place) => {
        test("an old client and a new server", async () => {
          const [url] = await serving.begin([place.url()], place.workers);
          assert.deepEqual(await peer.ask("walk", url, serving.token), wanted);
          await serving.end();
        });

        test("a new client and an old server", async () => {
          const [url = ""] = await peer.ask<string[]>("begin", [place.url()], place.workers);
          assert.deepEqual(await walk(url, serving.token), wanted);
          await peer.ask("end");
        });
      });
  });
}
