// The plain wire over UDP: datagrams on real sockets.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { suite, test } from "node:test";
import { close, connect, type IncidentReport, serve, within } from "upcall";
import { socket } from "upcall/socket";
import { Blob, failsWith, gate, reverse, Subject } from "./subject.ts";

const options = { wire: "plain" } as const;
const portOf = (url: string): number => Number(url.split(":").at(-1));

suite("plain over UDP", () => {
  test("a server on a name answers on every address of it, with the one port its URL says", async () => {
    await using server = await serve(Subject, { request: reverse }, "udp://localhost:0", options);
    const port = portOf(server.url);
    assert.ok(port > 0);
    const own = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
    const hosts = (await lookup("localhost", { all: true })).map(({ address }) => address);
    assert.ok(hosts.includes("127.0.0.1"));
    for (const host of hosts.filter((address) => own.includes(address))) {
      await using client = socket("udp");
      await client.connect({ host, port });
      await client.send("abc");
      assert.equal(Buffer.from(await client.recv()).toString(), "cba");
    }
  });

  test("an address that other machines reach is served when that is said to be wanted", async () => {
    await using server = await serve(Subject, { request: reverse }, "udp://0.0.0.0:0", { ...options, insecure: true });
    await using subject = await connect(Subject, `udp://127.0.0.1:${portOf(server.url)}`, options);
    assert.equal(await subject.request("abc"), "cba");
  });

  test("where nobody listens the call did not run, and that is known before the deadline", async () => {
    const nobody = await serve(Subject, { request: reverse }, "udp://127.0.0.1:0", options);
    await nobody.close();
    await using subject = await connect(Subject, nobody.url, options);
    await assert.rejects(subject.request("a"), failsWith("UNAVAILABLE", "CONNECTION_REFUSED", "not-executed"));
  });

  test("a name that does not resolve", async () => {
    await using subject = await connect(Subject, "udp://does-not-exist.invalid:7", options);
    await assert.rejects(subject.request("a"), failsWith("UNAVAILABLE", "NAME_NOT_RESOLVED", "not-executed"));
    const server = serve(Subject, { request: reverse }, "udp://does-not-exist.invalid:0", options);
    await assert.rejects(server, failsWith("UNAVAILABLE", "NAME_NOT_RESOLVED", "not-executed"));
  });

  test("a port that is taken", async () => {
    await using server = await serve(Subject, { request: reverse }, "udp://127.0.0.1:0", options);
    const second = serve(Subject, { request: reverse }, server.url, options);
    await assert.rejects(second, failsWith("UNAVAILABLE", "ADDRESS_IN_USE", "not-executed"));
  });

  test("the largest datagram goes both ways; one byte more is refused here and dropped there", async () => {
    const large = { ...options, limits: { message: 100_000 } };
    const turn = (data: Uint8Array): Uint8Array => (data.length > 1 ? data : new Uint8Array(65_507 + (data[0] ?? 0)));
    const told: unknown[] = [];
    const onError = ({ error }: IncidentReport): void => void told.push(error);
    await using server = await serve(Blob, { turn }, "udp://127.0.0.1:0", { ...large, onError });
    await using blob = await connect(Blob, server.url, large);
    const most = new Uint8Array(65_507).fill(7);
    assert.deepEqual(await blob.turn(most), most);
    const more = failsWith("RESOURCE_EXHAUSTED", "TOO_LARGE", "not-executed");
    await assert.rejects(blob.turn(new Uint8Array(65_508)), more);
    assert.equal((await blob.turn(new Uint8Array([0]))).length, 65_507);
    await assert.rejects(
      within(blob, { timeout: 200 }).turn(new Uint8Array([1])),
      failsWith("DEADLINE_EXCEEDED", "TIMEOUT", "unknown"),
    );
    const { datagramsReceived, datagramsSent, datagramsDropped } = server.counters();
    assert.deepEqual([datagramsReceived, datagramsSent, datagramsDropped], [3, 2, 1]);
    assert.match(String(told), /^[^\n]*it is 65508 bytes long, and a datagram carries 65507 at most[^\n]*$/);
  });

  test("a late reply is never taken for the next call's", async () => {
    const first = gate();
    const request = async (data: string): Promise<string> => {
      if (data === "late") await first.opened;
      return data;
    };
    await using server = await serve(Subject, { request }, "udp://127.0.0.1:0", options);
    await using subject = await connect(Subject, server.url, options);
    await assert.rejects(within(subject, { timeout: 30 }).request("late"), { code: "DEADLINE_EXCEEDED" });
    first.open();
    for (const word of ["a", "b", "c"]) assert.equal(await subject.request(word), word);
  });

  test("calls beyond the running limit are dropped and counted", async () => {
    const leave = gate();
    const all = gate();
    let running = 0;
    const request = async (data: string): Promise<string> => {
      if (++running === 2) all.open();
      await leave.opened;
      return data;
    };
    const limits = { running: 2 };
    await using server = await serve(Subject, { request }, "udp://127.0.0.1:0", { ...options, limits });
    await using subject = await connect(Subject, server.url, options);
    const served = [subject.request("a"), subject.request("b")];
    await all.opened;
    await assert.rejects(within(subject, { timeout: 100 }).request("c"), { code: "DEADLINE_EXCEEDED" });
    leave.open();
    assert.deepEqual(await Promise.all(served), ["a", "b"]);
    const { datagramsDropped, refusedRunning, callsReceived } = server.counters();
    assert.deepEqual([datagramsDropped, refusedRunning, callsReceived], [1, 1, 2]);
  });

  test("closing lets calls answer, drops what comes meanwhile, and the reply is out before the socket closes", async () => {
    const entered = gate();
    const leave = gate();
    const request = async (data: string): Promise<string> => {
      entered.open();
      await leave.opened;
      return reverse(data);
    };
    const server = await serve(Subject, { request }, "udp://127.0.0.1:0", options);
    await using subject = await connect(Subject, server.url, options);
    const reply = subject.request("abc");
    await entered.opened;
    const closing = server.close();
    await assert.rejects(within(subject, { timeout: 100 }).request("d"), { code: "DEADLINE_EXCEEDED" });
    leave.open();
    assert.equal(await reply, "cba");
    await closing;
    assert.equal(server.counters().datagramsDropped, 1);
  });

  test("a reply to somebody who is gone is nobody's error", async () => {
    await using server = await serve(Subject, { request: reverse }, "udp://127.0.0.1:0", options);
    const gone = createSocket("udp4");
    gone.connect(portOf(server.url), "127.0.0.1");
    await once(gone, "connect");
    await new Promise<void>((resolve) => gone.send("abc", () => gone.close(resolve)));
    await using subject = await connect(Subject, server.url, options);
    assert.equal(await subject.request("abc"), "cba");
  });

  test("random bytes cost nothing but their counters", async () => {
    await using server = await serve(Subject, { request: reverse }, "udp://127.0.0.1:0", options);
    await using subject = await connect(Subject, server.url, options);
    await using stranger = socket("udp");
    await stranger.connect({ host: "127.0.0.1", port: portOf(server.url) });
    for (let i = 0; i < 50; i++) await stranger.send(new Uint8Array([0xff, i]));
    assert.equal(await subject.request("abc"), "cba");
    assert.equal(server.counters().plainBad, 50);
    await close(subject);
  });
});
