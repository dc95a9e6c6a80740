// upcall/socket: what can be sent is bytes and text of whole characters. All else is refused, and nothing of it is
// sent.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { type Connection, type Data, socket, type UdpSocket } from "upcall/socket";
import { connectedPair, failsWith, text } from "./loopback.ts";

const half = ["\ud800", "\udc00", "a\ud800b", "\udc00\ud800", "😀\ud83d", `${"x".repeat(100_000)}\ud800`];
const wrong: readonly (readonly [unknown, RegExp])[] = [
  [5, /a number/],
  [5n, /a bigint/],
  [null, /null/],
  [undefined, /undefined/],
  [true, /a boolean/],
  [Symbol("data"), /a symbol/],
  [() => "data", /a function/],
  [{}, /an object/],
  [{ length: 2, 0: 1, 1: 2 }, /an object/],
  [[1, 2], /an array.*Uint8Array\.from/],
  [["text"], /an array/],
  [new ArrayBuffer(2), /an ArrayBuffer.*new Uint8Array\(buffer\)/],
  [new SharedArrayBuffer(2), /an ArrayBuffer/],
  [new DataView(new ArrayBuffer(2)), /a view of a buffer that is no Uint8Array/],
  [new Uint16Array(2), /a view/],
  [new Uint8ClampedArray(2), /a view/],
  [Promise.resolve("data"), /a promise/],
  [new String("data"), /an object/],
  [new Blob(["data"]), /an object/],
  [Object.create(null), /an object/],
];

const everything: readonly (readonly [unknown, string, RegExp])[] = [
  ...half.map((data) => [data, "NOT_MARSHALLABLE", /half a character/] as const),
  ...wrong.map(([data, words]) => [data, "BAD_ARGUMENT", words] as const),
];

async function refuses(what: string, send: (data: Data) => Promise<void>): Promise<void> {
  for (const [data, reason, words] of everything) {
    const fits = failsWith("INVALID_ARGUMENT", reason, words, "not-executed");
    await assert.rejects(
      send(data as Data),
      (error) => fits(error) && String(error).includes(`${what} was given`),
      typeof data,
    );
  }
}

async function udpPair(): Promise<readonly [UdpSocket, UdpSocket]> {
  const [one, other] = [socket("udp"), socket("udp")];
  for (const each of [one, other]) await each.bind({ host: "127.0.0.1", port: 0 });
  return [one, other];
}

suite("what is neither bytes nor text of whole characters", () => {
  test("is refused by both ends of a connection, which goes on", async () => {
    await using pair = await connectedPair();
    await using listener = socket("tcp");
    await listener.bind({ host: "127.0.0.1", port: 0 });
    await listener.listen();
    await using client = socket("tcp");
    await client.connect(listener.getsockname());
    const { connection } = await listener.accept();
    await using accepted = connection;
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
      [client, accepted],
    ] as readonly (readonly [Pick<Connection, "send">, Connection])[]) {
      await refuses("send", (data) => from.send(data));
      await from.send("perché 😀");
      assert.equal(text(await to.recv()), "perché 😀");
    }
  });

  test("is refused as a datagram, and nothing arrives in its place", async () => {
    const [one, other] = await udpPair();
    await using sender = one;
    await using receiver = other;
    await refuses("sendto", (data) => sender.sendto(data, receiver.getsockname()));
    await sender.sendto("perché 😀", receiver.getsockname());
    assert.equal(text((await receiver.recvfrom()).message), "perché 😀");
    await sender.connect(receiver.getsockname());
    await refuses("send", (data) => sender.send(data));
    await sender.send("");
    assert.equal((await receiver.recvfrom()).message.length, 0);
  });
});

test("every array of bytes is sent, of whatever class, memory and realm", async () => {
  await using pair = await connectedPair();
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set([1, 2, 3]);
  const foreign = runInContext("Uint8Array.of(1, 2, 3)", createContext()) as Uint8Array;
  for (const data of [
    Uint8Array.of(1, 2, 3),
    Buffer.from([1, 2, 3]),
    Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4),
    shared,
    foreign,
  ]) {
    await pair.client.send(data);
    assert.deepEqual(await pair.server.recv(), Uint8Array.of(1, 2, 3));
  }
});
