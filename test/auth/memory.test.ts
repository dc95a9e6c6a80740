// Tokens and `authenticate` over `memory:`, which has neither: they are refused with a sentence that says what to do
// instead, when serving and when connecting.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ConnectOptions, ServeOptions } from "upcall";
import { connect, open, serve } from "upcall/memory";
import { RealVault, Vault } from "./vault.ts";

const url = "memory:doors";
const refused = { code: "UNIMPLEMENTED", reason: "NOT_SUPPORTED", outcome: "not-executed" };

const serving: readonly (readonly [ServeOptions | Record<string, unknown>, RegExp])[] = [
  [{ authenticate: "a secret" }, /authenticate is for servers that others reach.*leave it out here/],
  [{ authenticate: undefined }, /authenticate is for servers that others reach/],
  [{ authorize: () => false }, /authorize is for servers that others reach/],
  [{ authorize: undefined }, /authorize is for servers that others reach/],
  [{ ambient: true }, /context\(\)\.bind\(proxy\)/],
  [{ wire: "plain" }, /wire must be "native" here/],
  [{ end: "newline" }, /end says where a message of the plain wire ends/],
  [{ workers: "threads:1" }, /workers must be "inline" here/],
  [{ reflection: false }, /reflection cannot be turned off here/],
  [{ onConnection: () => {} }, /per: "connection"/],
  [{ insecure: true }, /insecure is for udp:/],
];
const connecting: readonly (readonly [ConnectOptions | Record<string, unknown>, RegExp])[] = [
  [{ token: "a secret" }, /token shows a server who calls.*leave it out/],
  [{ token: () => "a secret" }, /token shows a server who calls/],
  [{ ambient: true }, /context\(\)\.bind\(proxy\)/],
  [{ wire: "plain" }, /wire must be "native" here/],
  [{ end: "half-close" }, /end says where a message of the plain wire ends/],
  [{ connectTimeout: 100 }, /say timeout for the calls/],
  [{ signal: new AbortController().signal }, /within\(proxy, \{ signal \}\)/],
];

const said = (options: object): string =>
  Object.entries(options)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(", ");

suite("serving", () => {
  for (const [options, message] of serving)
    test(said(options), async () => {
      const attempt = serve(new RealVault(), url, options as object);
      await assert.rejects(attempt, { ...refused, message });
    });
});

suite("connecting", () => {
  for (const [options, message] of connecting)
    test(said(options), async () => {
      await using _server = await serve(new RealVault(), url);
      await assert.rejects(connect(Vault, url, options as object), { ...refused, message });
      await assert.rejects(open(url, options as object), { ...refused, message });
    });
});

test("what says no more than what is so here anyway is welcome", async () => {
  const same = { wire: "native", workers: "inline", reflection: true, ambient: false, insecure: false };
  const none = { token: undefined, signal: undefined, connectTimeout: undefined, onConnection: undefined };
  await using server = await serve(new RealVault(), url, { ...same, onConnection: undefined } as object);
  await using vault = await connect(Vault, server.url, { wire: "native", ...none } as object);
  assert.equal(await vault.take("gold"), "gold");
});
