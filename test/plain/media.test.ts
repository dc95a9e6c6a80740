// The plain wire over every medium and every way to end a message: calls through a proxy are the same.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { close, connect, open, serve, within } from "upcall";
import { Blob, ends, failsWith, gate, media, noReply, reverse, Subject } from "./subject.ts";

const rows = [
  ...media.flatMap(({ medium, url }) => ends.map((end) => ({ name: `${medium}, ${end}`, url, end }))),
  { name: "udp", url: () => "udp://localhost:0", end: undefined },
];

for (const { name, url, end } of rows) {
  const options = { wire: "plain", end } as const;

  suite(`plain over ${name}`, () => {
    test("calls one after the other, and many at once, each with its own reply", async () => {
      await using server = await serve(Subject, { request: reverse }, url(), options);
      await using subject = await connect(Subject, server.url, options);
      assert.equal(await subject.request("perché"), "éhcrep");
      const words = Array.from({ length: 50 }, (_, i) => `word ${i} \u{1f600}`);
      assert.deepEqual(await Promise.all(words.map((word) => subject.request(word))), words.map(reverse));
      assert.equal(server.counters().callsReceived, 51);
      assert.equal(server.counters().runningNow, 0);
    });

    test("nothing is opened before the first call", async () => {
      await using server = await serve(Subject, { request: reverse }, url(), options);
      await using connection = await open(server.url, options);
      const subject = connection.proxy(Subject);
      assert.equal(connection.counters().connections, 0);
      await subject.request("a");
      assert.equal(connection.counters().connections, 1);
    });

    test("text with zero bytes, a byte order mark and every plane of Unicode arrives as it is", async () => {
      await using server = await serve(Subject, { request: (data) => data }, url(), options);
      await using subject = await connect(Subject, server.url, options);
      for (const data of ["\0", "a\0b\0", "\ufeffmark", "\u{10ffff}", "\r", "é".repeat(20_000)])
        assert.equal(await subject.request(data), data);
    });

    test("bytes of every value arrive as they are, in memory of their own", async () => {
      const kept: Uint8Array[] = [];
      const turn = (data: Uint8Array): Uint8Array => {
        kept.push(data);
        return data.slice().reverse();
      };
      await using server = await serve(Blob, { turn }, url(), options);
      await using blob = await connect(Blob, server.url, options);
      // 10 ends a message where newlines do.
      const all = Uint8Array.from({ length: 256 }, (_, i) => i).filter((byte) => byte !== 10);
      assert.deepEqual(await blob.turn(all), all.slice().reverse());
      assert.deepEqual(await blob.turn(Buffer.from([1, 2, 3])), new Uint8Array([3, 2, 1]));
      assert.deepEqual(kept, [all, new Uint8Array([1, 2, 3])]);
    });

    test("a thrown error costs its call and no other", async () => {
      const request = (data: string): string => {
        if (data === "bad") throw new Error("it is bad");
        return data;
      };
      await using server = await serve(Subject, { request }, url(), options);
      await using subject = await connect(Subject, server.url, options);
      const calls = ["a", "bad", "b"].map((data) => within(subject, { timeout: 500 }).request(data));
      const [a, bad, b] = await Promise.allSettled(calls);
      assert.deepEqual(
        [a, b],
        [
          { status: "fulfilled", value: "a" },
          { status: "fulfilled", value: "b" },
        ],
      );
      assert.ok(bad?.status === "rejected");
      // A datagram that is not answered looks like one that was lost.
      const fits = end === undefined ? failsWith("DEADLINE_EXCEEDED", "TIMEOUT", "unknown") : noReply;
      assert.ok(fits(bad.reason), String(bad.reason));
      assert.equal(server.counters().upcallsThrown, 1);
    });

    test("closing lets the call that runs answer, and takes no more", async () => {
      const entered = gate();
      const leave = gate();
      const request = async (data: string): Promise<string> => {
        entered.open();
        await leave.opened;
        return reverse(data);
      };
      await using server = await serve(Subject, { request }, url(), options);
      const subject = await connect(Subject, server.url, options);
      const reply = subject.request("abc");
      await entered.opened;
      const closing = [server.close(), close(subject), close(subject)];
      await assert.rejects(subject.request("d"), failsWith("UNAVAILABLE", "CLOSED", "not-executed"));
      leave.open();
      assert.equal(await reply, "cba");
      await Promise.all(closing);
      assert.equal(server.counters().connectionsNow, 0);
    });

    test("a deadline and a signal end the call for its caller, and the next one has its own reply", async () => {
      const leave = gate();
      const request = async (data: string): Promise<string> => {
        if (data.startsWith("slow")) await leave.opened;
        return data;
      };
      await using server = await serve(Subject, { request }, url(), options);
      await using subject = await connect(Subject, server.url, options);
      await assert.rejects(
        within(subject, { timeout: 50 }).request("slow 1"),
        failsWith("DEADLINE_EXCEEDED", "TIMEOUT", "unknown"),
      );
      const abort = new AbortController();
      const slow = within(subject, { signal: abort.signal }).request("slow 2");
      setImmediate(() => abort.abort(new Error("no longer wanted")));
      await assert.rejects(
        slow,
        (error) =>
          failsWith("CANCELLED", "ABORTED", "unknown")(error) ||
          failsWith("CANCELLED", "ABORTED", "not-executed")(error),
      );
      leave.open();
      assert.equal(await subject.request("quick"), "quick");
    });
  });
}
