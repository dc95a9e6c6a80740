// Reconnecting and failover over real tcp and unix sockets: a server that is restarted is called again, one of two
// servers is enough, and a lost connection's references are errors.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { close, connect, open, type Server, serve, UpcallError } from "upcall";
import { RealSubject, Subject } from "../calls/interfaces.ts";
import { media } from "../harness/media.ts";
import { Bank, RealBank } from "../references/bank.ts";

async function says(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    (value) => assert.fail(`it gave ${String(value)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UpcallError, String(error));
  return `${error.code} ${error.reason} ${error.outcome}`;
}

for (const medium of media)
  suite(`addresses over ${medium.name}`, () => {
    const served = (url: string = medium.url()): Promise<Server> => serve(Subject, new RealSubject(), url);

    test("a server that comes again is called again, and what was called meanwhile waited", async () => {
      const server = await served();
      await using subject = await connect(Subject, server.url);
      assert.equal(await subject.reverse("ab"), "ba");
      await server.close();
      const calls = ["one", "two", "three"].map((text) => subject.reverse(text));
      await using again = await served(server.url);
      assert.deepEqual(await Promise.all(calls), ["eno", "owt", "eerht"]);
      assert.equal(again.counters().connections, 1);
    });

    test("of two servers one is enough, to begin with and later", async () => {
      const one = await served();
      const other = await served();
      await other.close();
      await using connection = await open([other.url, one.url]);
      assert.deepEqual(connection.urls, [other.url, one.url]);
      assert.equal(connection.url, other.url);
      const subject = connection.proxy(Subject);
      assert.equal(await subject.reverse("ab"), "ba");
      await using again = await served(other.url);
      while (connection.counters().connectionsNow < 2) await subject.reverse("ab");
      await one.close();
      assert.equal(await subject.reverse("ab"), "ba");
      assert.ok(again.counters().callsReceived > 0);
    });

    test("where none is there, it is said of each", async () => {
      const [one, other] = [await served(), await served()];
      await Promise.all([one.close(), other.close()]);
      assert.equal(await says(open([one.url, other.url])), "UNAVAILABLE CONNECTION_REFUSED not-executed");
      assert.equal(await says(connect(Subject, [one.url])), "UNAVAILABLE CONNECTION_REFUSED not-executed");
    });

    test("a reference does not outlive its connection, and can be asked for anew", async () => {
      const url = medium.url();
      const server = await serve(Bank, new RealBank(), url);
      await using bank = await connect(Bank, server.url);
      const account = await bank.open("a");
      assert.equal(await account.deposit(5), 5);
      await server.close();
      await using again = await serve(Bank, new RealBank(), server.url);
      assert.equal(await bank.open("a").deposit(3), 3);
      const said = await says(account.balance());
      assert.match(said, /^UNAVAILABLE \w+ not-executed$/);
      await close(account);
      assert.equal(again.counters().referencesNow <= 1, true);
    });

    test("what shows who calls is asked for again for each connection", async () => {
      const accessHooks = { authenticate: (token: string | null) => (token?.startsWith("ticket") ? token : null) };
      const first = await serve(Subject, new RealSubject(), medium.url(), accessHooks);
      let tickets = 0;
      await using subject = await connect(Subject, first.url, { token: () => `ticket ${++tickets}` });
      assert.equal(await subject.reverse("ab"), "ba");
      await first.close();
      await using second = await serve(Subject, new RealSubject(), first.url, accessHooks);
      assert.equal(await subject.reverse("ab"), "ba");
      assert.ok(tickets >= 2);
      assert.equal(second.counters().connections, 1);
    });
  });

test("lists that make no sense are refused", async () => {
  assert.equal(await says(open([])), "INVALID_ARGUMENT BAD_URL not-executed");
  assert.equal(await says(open(["memory:here", "nonsense"])), "INVALID_ARGUMENT BAD_URL not-executed");
  assert.equal(
    await says(open(["memory:here", "memory:there"], { wire: "plain" })),
    "UNIMPLEMENTED NOT_SUPPORTED not-executed",
  );
});
