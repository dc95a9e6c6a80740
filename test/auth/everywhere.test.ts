// Authentication and authorization over real media and with every model of workers: tokens, hooks, identities, and
// options that are refused when serving.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Authenticate, connect, open, Reflection, type ServeOptions, type Server, serve, within } from "upcall";
import { placesOf } from "../harness/every-model.ts";
import { Plain, RealVault, Vault } from "./vault.ts";

const module = new URL("./modules/vault.js", import.meta.url);
const stranger = { code: "UNAUTHENTICATED", reason: "NOT_AUTHENTICATED", outcome: "not-executed" };
const denied = { code: "PERMISSION_DENIED", reason: "NOT_ALLOWED", outcome: "not-executed" };

// Where objects are served, functions are: one medium in quick, all of them from the gate on.
for (const { medium, url } of placesOf("doors", { kinds: ["inline"] })) {
  suite(medium, () => {
    test("one secret, or several: whoever has one comes in, the others do not", async () => {
      for (const authenticate of ["open sesame", ["old", "open sesame"]] as const) {
        await using server = await serve(Vault, new RealVault(), url(), { authenticate });
        await using vault = await connect(Vault, server.url, { token: "open sesame" });
        assert.equal(await vault.who(), true);
        for (const token of [undefined, "open sesam", "open sesame ", "OPEN SESAME", "x"]) {
          await using closed = await connect(Vault, server.url, { token });
          await assert.rejects(closed.who(), stranger);
        }
        assert.equal(server.counters().notAuthenticated, 5);
        assert.equal(await vault.take("gold"), "gold");
      }
    });

    test("a function says who it is, and its answer is the identity of every call", async () => {
      const authenticate: Authenticate = async (token) => (token === "alice's" ? { name: "alice", since: 3n } : null);
      await using server = await serve(Vault, new RealVault(), url(), { authenticate });
      await using vault = await connect(Vault, server.url, { token: async () => "alice's" });
      const early = await Promise.all([vault.who(), vault.take("a"), vault.who()]);
      assert.deepEqual(early, [{ name: "alice", since: 3n }, "a", { name: "alice", since: 3n }]);
      await using bob = await connect(Vault, server.url, { token: () => "bob's" });
      await assert.rejects(bob.who(), stranger);
    });

    test("a hook that hangs costs its connection and nobody else a call", async () => {
      const limits = { authenticationTime: 50 };
      const authenticate: Authenticate = (token) => (token === "hang" ? new Promise(() => {}) : token === "alice");
      await using server = await serve(Vault, new RealVault(), url(), { authenticate, limits });
      await using vault = await connect(Vault, server.url, { token: "alice" });
      await using hanging = await connect(Vault, server.url, { token: "hang" });
      const refused = assert.rejects(hanging.who(), stranger);
      assert.equal(await vault.take("gold"), "gold");
      await refused;
      assert.equal(await vault.take("gold"), "gold");
    });

    test("a call may be allowed by what its caller sends with it", async () => {
      const tenants: string[] = [];
      const authorize: ServeOptions["authorize"] = async (call) => {
        await Promise.resolve();
        return tenants.push(call.metadata["tenant"] ?? "none") > 0 && call.metadata["tenant"] === "blue";
      };
      await using server = await serve(Vault, new RealVault(), url(), { authorize });
      await using vault = await connect(Vault, server.url);
      assert.equal(await within(vault, { metadata: { tenant: "blue" } }).take("gold"), "gold");
      await assert.rejects(within(vault, { metadata: { tenant: "red" } }).take("gold"), denied);
      await assert.rejects(vault.take("gold"), denied);
      assert.deepEqual(tenants, ["blue", "red", "none"]);
    });

    test("reflection is a call like any other", async () => {
      await using server = await serve(Vault, new RealVault(), url(), {
        authorize: ({ interface: name }) => name === "Vault",
      });
      await using connection = await open(server.url);
      assert.equal(await connection.proxy(Vault).take("gold"), "gold");
      await assert.rejects(connection.proxy(Reflection).interfaces(), denied);
    });
  });
}

const pools = ["threads", "processes"] as const;
for (const { name, workers, url: place } of placesOf("doors of pools", { kinds: pools, sparing: true }))
  suite(name, () => {
    test("identities of plain data reach the object, each with its own caller's calls", async () => {
      const identities: Readonly<Record<string, unknown>> = {
        alice: { name: "alice", since: new Date(0) },
        bob: { name: "bob", since: new Date(0) },
        text: "carol",
        true: true,
        // These cannot go to a worker.
        function: { ask: () => "me" },
        long: { name: "x".repeat(5_000) },
      };
      const authenticate: Authenticate = (token) => identities[token ?? ""] ?? null;
      const authorize: ServeOptions["authorize"] = ({ method, metadata }) =>
        method === "who" || metadata["tenant"] === "blue";
      await using server = await serve(Vault, module, place(), { workers, authenticate, authorize });
      const { url } = server;
      await using alice = await connect(Vault, url, { token: "alice" });
      await using bob = await connect(Vault, url, { token: "bob" });
      await using carol = await connect(Vault, url, { token: "text" });
      await using nameless = await connect(Vault, url, { token: "true" });
      const calls = Array.from({ length: 20 }, () => [alice, bob, carol, nameless].map((vault) => vault.who()));
      for (const told of await Promise.all(calls.map((four) => Promise.all(four))))
        assert.deepEqual(told, [identities["alice"], identities["bob"], "carol", true]);
      for (const token of ["function", "long", "nobody"]) {
        await using vault = await connect(Vault, url, { token });
        await assert.rejects(vault.who(), stranger);
      }
      // A call may be allowed by its metadata.
      assert.equal(await within(alice, { metadata: { tenant: "blue" } }).take("gold"), "gold");
      await assert.rejects(alice.take("gold"), denied);
    });

    test("without doors there is no identity", async () => {
      await using server = await serve(Vault, module, place(), { workers });
      await using vault = await connect(Vault, server.url);
      assert.equal(await vault.who(), null);
    });
  });

const lone = ["threads per connection", "processes per connection"] as const;
for (const { name, workers, url: place } of placesOf("doors of connections", { kinds: lone, sparing: true })) {
  test(`${name}: secrets go to the workers, and functions are refused with a sentence`, async () => {
    await using server = await serve(Vault, module, place(), { workers, authenticate: ["open sesame"] });
    await using vault = await connect(Vault, server.url, { token: "open sesame" });
    assert.equal(await vault.who(), true);
    await using closed = await connect(Vault, server.url);
    await assert.rejects(closed.who(), stranger);
    const unsupported = { code: "UNIMPLEMENTED", reason: "NOT_SUPPORTED" };
    await assert.rejects(serve(Vault, module, place(), { workers, authenticate: () => true }), {
      ...unsupported,
      message: /authenticate is a function, which cannot go there: use a pool, or secrets/,
    });
    await assert.rejects(serve(Vault, module, place(), { workers, authenticate: "x", authorize: () => true }), {
      ...unsupported,
      message: /authorize is a function/,
    });
  });
}

const url = "tcp://127.0.0.1:0";

/** As a program without types may say it. */
function served(options: object): Promise<Server> {
  return serve(Vault, new RealVault(), url, options);
}

test("a door that is said wrongly is refused when serving, and never left open", async () => {
  const bad = { code: "INVALID_ARGUMENT", reason: "BAD_OPTION" };
  for (const authenticate of [
    undefined,
    null,
    "",
    [],
    [""],
    ["a", 5],
    5,
    true,
    {},
    ["x".repeat(9_000)],
    "a\ud800",
    ["a", "\udc00"],
  ])
    await assert.rejects(served({ authenticate }), bad, JSON.stringify(authenticate));
  for (const authorize of [undefined, null, true, "x"]) await assert.rejects(served({ authorize }), bad);
  for (const accessHooks of [{ authenticate: "x" }, { authorize: () => true }])
    for (const where of [url, "udp://127.0.0.1:0"])
      await assert.rejects(serve(Plain, { f: (text) => text }, where, { ...accessHooks, wire: "plain" }), {
        code: "UNIMPLEMENTED",
        reason: "NOT_SUPPORTED",
        message: /plain wire has no greeting/,
      });
});

test("a token that cannot be one is refused when connecting, and never printed", async () => {
  await using server = await serve(Vault, new RealVault(), url, { authenticate: "x" });
  const bad = { code: "INVALID_ARGUMENT", reason: "BAD_OPTION", message: /^token is no string of 1 to 8192 bytes$/ };
  for (const token of ["", "x".repeat(8_193), "€".repeat(3_000), () => "", async () => "x".repeat(9_000)])
    await assert.rejects(connect(Vault, server.url, { token }), bad);
  for (const token of ["a\ud800", () => "\udc00b"])
    await assert.rejects(connect(Vault, server.url, { token }), { ...bad, message: /^token has half a character/ });
  const failing = (): string => {
    throw new Error("the vault of tokens is closed");
  };
  await assert.rejects(connect(Vault, server.url, { token: failing }), {
    ...stranger,
    message: /token\(\) gave no token: the vault of tokens is closed/,
  });
  const never = (): Promise<string> => new Promise(() => {});
  await assert.rejects(connect(Vault, server.url, { token: never, connectTimeout: 20 }), {
    code: "DEADLINE_EXCEEDED",
    reason: "TIMEOUT",
  });
  const controller = new AbortController();
  const connecting = connect(Vault, server.url, { token: never, signal: controller.signal });
  controller.abort();
  await assert.rejects(connecting, { code: "CANCELLED", reason: "ABORTED" });
  await assert.rejects(connect(Plain, server.url, { token: "x", wire: "plain" }), { reason: "BAD_OPTION" });
  assert.equal(server.counters().connections, 0);
});
