// Unix sockets: of several servers on one path one wins, none removes the socket file of another, and what is wrong
// with a path is said.
import assert from "node:assert/strict";
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { close, connect, defineInterface, method, type Server, serve as serveAnywhere, UpcallError } from "upcall";
import { ofTier } from "../harness/tier.ts";

const Who = defineInterface("Who", { am: method<() => number>() });
const me = { am: () => process.pid };
const moduleAt = (name: string): string => fileURLToPath(new URL(`./modules/${name}.js`, import.meta.url));

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "upcall-unix-"));
  path = join(folder, "app.sock");
});
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** Also where a test fails: a server that is left would keep its process. */
async function serve(subject: typeof Who, object: { am(): number }, url: string): Promise<Server> {
  const server = await serveAnywhere(subject, object, url);
  servers.push(server);
  return server;
}

/** A socket file as a server leaves it that was killed. */
async function leave(at: string): Promise<void> {
  const own = `${at}.own`;
  const server = createServer().listen(own);
  await once(server, "listening");
  linkSync(own, `${at}.kept`);
  await new Promise((resolve) => server.close(resolve));
  renameSync(`${at}.kept`, at);
}

/** The name that a starter links its guard to, while it removes what is at a name. */
const guardOf = (name: string): string => `.u${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;

async function asked(url = `unix:${path}`): Promise<number> {
  const who = await connect(Who, url, { reconnect: false });
  try {
    return await who.am();
  } finally {
    await close(who);
  }
}

async function errorOf(work: Promise<unknown>): Promise<UpcallError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UpcallError, String(error));
  return error;
}

suite("servers that start on one path at the same moment", () => {
  const left = {
    "a socket that a killed server left": async () => await leave(path),
    nothing: async () => {},
    "such a socket, and the guard of a starter that was killed as it removed it": async () => {
      await leave(path);
      await leave(join(folder, guardOf("app.sock")));
    },
    "such a socket, such a guard, and one that was killed as it removed that": async () => {
      await leave(path);
      await leave(join(folder, guardOf("app.sock")));
      await leave(join(folder, guardOf(guardOf("app.sock"))));
    },
  };

  const rounds = ofTier({ quick: 3, gate: 6, all: 24 });
  let starters: ChildProcess[];
  before(async () => {
    starters = Array.from({ length: 4 }, () => fork(moduleAt("starter")));
    await Promise.all(starters.map((starter) => once(starter, "message")));
  });
  after(() => {
    for (const starter of starters) starter.kill("SIGKILL");
  });

  async function tell(starter: ChildProcess, order: object): Promise<string> {
    const heard = once(starter, "message");
    starter.send(order);
    return String((await heard)[0]);
  }

  for (const [what, prepare] of Object.entries(left))
    test(`one serves and is reached, the others are told: on ${what}`, async () => {
      for (let round = 0; round < rounds; round++) {
        await prepare();
        const at = Date.now() + 20;
        const ends = await Promise.all(starters.map((starter) => tell(starter, { at, path })));
        assert.deepEqual(ends.toSorted(), [...Array(3).fill("ADDRESS_IN_USE not-executed"), "serves"]);
        assert.equal(await asked(), starters[ends.indexOf("serves")]?.pid);
        // With a umask of 0.
        assert.equal(lstatSync(path).mode & 0o777, 0o600);
        // No guard, no folder of a socket on its way.
        assert.deepEqual(readdirSync(folder), ["app.sock"]);
        await Promise.all(starters.map((starter) => tell(starter, {})));
        assert.deepEqual(readdirSync(folder), []);
      }
    });
});

suite("a server that closes", () => {
  test("leaves the socket of the one that came after it", async () => {
    const old = await serve(Who, { am: () => 1 }, `unix:${path}`);
    unlinkSync(path);
    const fresh = await serve(Who, { am: () => 2 }, `unix:${path}`);
    await old.close();
    assert.equal(await asked(), 2);
    await fresh.close();
    assert.ok(!existsSync(path));
  });

  test("leaves a file, and a link, that took the place of its own", async () => {
    for (const put of [() => writeFileSync(path, "precious"), () => symlinkSync("/nowhere", path)]) {
      const server = await serve(Who, me, `unix:${path}`);
      unlinkSync(path);
      put();
      const before = lstatSync(path);
      await server.close();
      assert.equal(lstatSync(path).ino, before.ino);
      unlinkSync(path);
    }
  });

  test("removes its own, also where the process changed its folder meanwhile", () => {
    const program = `
      import { mkdirSync, readdirSync } from "node:fs";
      import { defineInterface, method, serve } from "upcall";
      const server = await serve(defineInterface("Who", { am: method() }), { am: () => 1 }, "unix:here.sock");
      console.log(JSON.stringify(readdirSync(".")));
      mkdirSync("below");
      process.chdir("below");
      await server.close();
      console.log(JSON.stringify(readdirSync("..")));`;
    const upcall = fileURLToPath(import.meta.resolve("upcall"));
    const text = program.replace('"upcall"', JSON.stringify(upcall));
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", text], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(stdout, '["here.sock"]\n["below"]\n', stderr);
  });
});

test("the workers of a cluster share one socket, which goes with the last of them", () => {
  const { stdout, stderr } = spawnSync(process.execPath, [moduleAt("cluster"), path], { encoding: "utf8" });
  assert.equal(stdout, '{"told":["serves","serves"],"answered":2,"left":false}\n', stderr);
});

suite("a path that leaves no room for other names", () => {
  const long = (bytes: number): string => {
    const deep = join(folder, "d".repeat(bytes - folder.length - 3));
    mkdirSync(deep);
    return join(deep, "s");
  };

  test("of 107 bytes serves, also where a killed server left its socket", async () => {
    const at = long(107);
    assert.equal(at.length, 107);
    await leaveShort(at);
    const server = await serve(Who, me, `unix:${at}`);
    assert.equal(await asked(`unix:${at}`), process.pid);
    assert.equal((await errorOf(serve(Who, me, `unix:${at}`))).reason, "ADDRESS_IN_USE");
    await server.close();
    assert.deepEqual(readdirSync(join(at, "..")), []);
  });

  test("of 108 bytes is refused", async () => {
    const url = `unix:${long(108)}`;
    for (const error of [await errorOf(serve(Who, me, url)), await errorOf(connect(Who, url))])
      assert.deepEqual([error.reason, error.outcome], ["BAD_URL", "not-executed"]);
  });

  async function leaveShort(at: string): Promise<void> {
    await leave(path);
    renameSync(path, at);
  }
});

/** None of these is a matter of ports, or of rights. */
const astray = /\bports?\b|\brights?\b|another socket|upcall does not know/;

suite("what is wrong with a path is said as what it is", () => {
  const file = (): void => writeFileSync(path, "precious");
  for (const [what, prepare, at, serving, connecting] of [
    ["nothing", () => {}, "", null, /^connecting to \S+ failed: nothing is at \S+app.sock: start the server first/],
    [
      "a socket that was left",
      () => leave(path),
      "",
      null,
      /nothing listens at \S+app.sock: the server that made this/,
    ],
    ["a file", file, "", /a file is at \S+app.sock, which is no socket/, /a file is at \S+app.sock, and no socket/],
    ["a folder", () => mkdirSync(path), "", /a folder is at \S+app.sock/, /a folder is at \S+app.sock, and no socket/],
    [
      "a link to nowhere",
      () => symlinkSync("/nowhere", path),
      "",
      /a link is at/,
      /what it leads to, \/nowhere, is not/,
    ],
    [
      "a folder that is missing",
      () => {},
      "/no/such",
      /the folder \S+app.sock does not exist/,
      /the folder \S+app.sock does/,
    ],
    ["a file as a folder", file, "/a.sock", /app.sock is a file and no folder/, /app.sock is a file and no folder/],
    [
      "a link as a folder",
      () => symlinkSync("/nowhere", path),
      "/a",
      /app.sock is a link that leads/,
      /is a link that/,
    ],
    ["a link in a circle", () => symlinkSync(path, path), "/a", /app.sock is a link that leads/, /is a link that/],
  ] as const)
    test(what, async () => {
      await prepare();
      const url = `unix:${path}${at}`;
      const before = existsSync(path) && lstatSync(path).isFile() ? readFileSync(path, "utf8") : null;
      const refused = await errorOf(connect(Who, url, { reconnect: false }));
      assert.deepEqual(
        [refused.code, refused.reason, refused.outcome],
        ["UNAVAILABLE", "CONNECTION_REFUSED", "not-executed"],
      );
      assert.match(refused.message, connecting);
      assert.doesNotMatch(refused.message, astray);
      if (serving === null) {
        await (await serve(Who, me, url)).close();
        return;
      }
      const error = await errorOf(serve(Who, me, url));
      assert.deepEqual(
        [error.code, error.reason, error.outcome],
        ["INVALID_ARGUMENT", "ADDRESS_NOT_USABLE", "not-executed"],
      );
      assert.match(error.message, serving);
      assert.doesNotMatch(error.message, astray);
      assert.ok(error.message.includes(path));
      if (before !== null) assert.equal(readFileSync(path, "utf8"), before);
      assert.deepEqual(
        readdirSync(folder),
        ["app.sock"].filter(() => at === "" || lstatSync(path, { throwIfNoEntry: false }) !== undefined),
      );
    });

  test("a server that answers", async () => {
    const server = await serve(Who, me, `unix:${path}`);
    const error = await errorOf(serve(Who, me, `unix:${path}`));
    assert.deepEqual([error.code, error.reason, error.outcome], ["UNAVAILABLE", "ADDRESS_IN_USE", "not-executed"]);
    assert.match(error.message, /another server answers at \S+app.sock: end the program that holds it/);
    assert.doesNotMatch(error.message, astray);
    assert.equal(await asked(), process.pid);
    await server.close();
  });

  test("what is another user's", {
    skip: process.getuid?.() === 0 ? false : "only root can be another user",
  }, async () => {
    const server = await serve(Who, me, `unix:${path}`);
    chmodSync(folder, 0o755);
    const program = `
      import { connect, defineInterface, method, serve } from ${JSON.stringify(fileURLToPath(import.meta.resolve("upcall")))};
      process.setgid(65534);
      process.setuid(65534);
      const Who = defineInterface("Who", { am: method() });
      const url = "unix:" + ${JSON.stringify(path)};
      for (const work of [() => connect(Who, url, { reconnect: false }), () => serve(Who, { am: () => 1 }, url), () => serve(Who, { am: () => 1 }, url + "2")])
        await work().catch(({ code, reason, outcome, message }) => console.log(code, reason, outcome, message));`;
    // The loader of modules reads as the other user as well, so all is read before.
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, 3, stdout + stderr);
    for (const line of lines) assert.match(line, /^PERMISSION_DENIED NOT_PERMITTED not-executed .*app\.sock/);
    for (const line of lines) assert.doesNotMatch(line, astray);
    await server.close();
    assert.equal(statSync(folder).mode & 0o777, 0o755);
  });
});
