// What the entry point without Node, `upcall/memory`, has no means for is refused with a sentence that says what to do instead, when
// serving and when connecting. Tokens and the functions that ask for them work as anywhere.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type ConnectOptions, context, type ServeOptions } from "upcall";
import { close, connect, defineInterface, method, open, serve } from "upcall/memory";
import { RealVault, Vault } from "./vault.ts";

let count = 0;
const fresh = (): string => `memory:doors-${++count}`;
const unsupported = { code: "UNIMPLEMENTED", reason: "NOT_SUPPORTED", outcome: "not-executed" };
const unknown = { code: "INVALID_ARGUMENT", reason: "BAD_OPTION", outcome: "not-executed" };

const serving: readonly (readonly [ServeOptions | Record<string, unknown>, object, RegExp])[] = [
  [{ authenticate: "a secret" }, unsupported, /secrets are compared by digests.*give a function/],
  [{ authenticate: undefined }, unknown, /authenticate is undefined, which would let every caller in/],
  [{ authorize: undefined }, unknown, /authorize is undefined/],
  [{ ambient: true }, unsupported, /context\(\)\.bind\(proxy\)/],
  [{ wire: "plain" }, unsupported, /wire must be "native" here/],
  [{ end: "newline" }, unsupported, /end says where a message of the plain wire ends/],
  [{ workers: "threads:1" }, unsupported, /workers must be "inline" here/],
  [{ onMessage: () => {} }, unsupported, /there are no workers here/],
  [{ insecure: true }, unknown, /belongs to a medium or a wire that this entry point does not have/],
];
const connecting: readonly (readonly [ConnectOptions | Record<string, unknown>, object, RegExp])[] = [
  [{ wire: "plain" }, unsupported, /wire must be "native" here/],
  [{ end: "half-close" }, unsupported, /end says where a message of the plain wire ends/],
];

const said = (options: object): string =>
  Object.entries(options)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(", ");

suite("serving", () => {
  for (const [options, refused, message] of serving)
    test(said(options), async () => {
      const attempt = serve(new RealVault(), fresh(), options as object);
      await assert.rejects(attempt, { ...refused, message });
    });
});

suite("connecting", () => {
  for (const [options, refused, message] of connecting)
    test(said(options), async () => {
      await using server = await serve(new RealVault(), fresh());
      await assert.rejects(connect(Vault, server.url, options as object), { ...refused, message });
      await assert.rejects(open(server.url, options as object), { ...refused, message });
    });
});

test("what says no more than what is so here anyway is welcome", async () => {
  const same = { wire: "native", workers: "inline", reflection: true, ambient: false };
  const none = { token: undefined, signal: undefined, connectTimeout: undefined, onConnection: undefined };
  await using server = await serve(new RealVault(), fresh(), { ...same, onConnection: undefined } as object);
  await using vault = await connect(Vault, server.url, { wire: "native", ...none, onConnection: undefined } as object);
  assert.equal(await vault.take("gold"), "gold");
});

test("a function says who comes in by the token, another one who may call, and the object knows who it is", async () => {
  const Who = defineInterface("Who", { am: method<() => unknown>(), secret: method<() => string>() });
  const peers: string[] = [];
  await using server = await serve(Who, { am: () => context().identity, secret: () => "gold" }, fresh(), {
    authenticate: (token, { peer }) => (token === "open sesame" && peer.local ? { name: "ali" } : null),
    authorize: ({ method: name }) => name === "am",
    onConnection: (peer) => void peers.push(peer.toString()),
  });
  const signal = new AbortController().signal;
  const who = await connect(Who, server.url, { token: "open sesame", connectTimeout: 1_000, signal });
  assert.deepEqual({ ...((await who.am()) as object) }, { name: "ali" });
  await assert.rejects(who.secret(), { code: "PERMISSION_DENIED" });
  await close(who);
  const stranger = await connect(Who, server.url, { token: "open barley", reconnect: false });
  await assert.rejects(stranger.am(), { code: "UNAUTHENTICATED" });
  await close(stranger);
  assert.deepEqual(peers, ["memory", "memory"]);
});
