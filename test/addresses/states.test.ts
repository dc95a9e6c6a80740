// The states of a connection: connecting, connected, lost, draining, closed; links, onState, ready() and a wrong token, connectionOf().
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  type ConnectionState,
  close,
  connect,
  connectionOf,
  defineInterface,
  implement,
  method,
  oneway,
  open,
  reference,
  serve,
  UpcallError,
  within,
} from "upcall";
import { RealSubject, Subject } from "../calls/interfaces.ts";
import { media } from "../harness/media.ts";
import { Fleet } from "./fleet.ts";

suite("on virtual time", () => {
  test("a connection goes from connecting to connected, is lost, made again, drained and closed", async () => {
    const fleet = new Fleet(1);
    const { addresses } = fleet;
    const states: ConnectionState[] = [addresses.state];
    using telling = addresses.onState((state) => void states.push(state));
    await fleet.open();
    assert.equal(addresses.state, "connected");
    await addresses.ready();
    fleet.place(0).kill();
    await fleet.clock.settle();
    assert.equal(addresses.state, "lost");
    const [lost] = addresses.links;
    assert.deepEqual([lost?.state, lost?.id, lost?.error !== null], ["lost", "", true]);
    fleet.place(0).up = true;
    const ready = addresses.ready();
    await fleet.clock.advance(10_000);
    await ready;
    const closing = addresses.close();
    await fleet.clock.settle();
    await closing;
    assert.deepEqual(
      states.filter((state, at) => state !== states[at - 1]),
      ["connecting", "connected", "lost", "connecting", "connected", "draining", "closed"],
    );
    telling[Symbol.dispose]();
  });

  test("of several links the best one counts, and links has each", async () => {
    const fleet = new Fleet(2);
    fleet.place(1).up = false;
    await fleet.open();
    await fleet.clock.settle();
    assert.equal(fleet.addresses.state, "connected");
    assert.deepEqual(
      fleet.addresses.links.map(({ state }) => state),
      ["connected", "lost"],
    );
    const [one, other] = fleet.addresses.links;
    assert.match(one?.id ?? "", /^[0-9a-f]{32}$/);
    assert.equal(other?.error?.reason, "CONNECTION_REFUSED");
    // It can be sent and kept: nothing in it runs code.
    assert.deepEqual(structuredClone(fleet.addresses.links), fleet.addresses.links);
  });

  test("ready() waits as long as a call would", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    fleet.place(0).kill();
    await fleet.clock.settle();
    const ready = assert.rejects(fleet.addresses.ready(), { code: "DEADLINE_EXCEEDED", reason: "TIMEOUT" });
    await fleet.clock.advance(60_000);
    await ready;
  });
});

for (const medium of media) {
  test(`${medium.name}: ready() is how one learns of a wrong token`, async () => {
    await using server = await serve(Subject, new RealSubject(), medium.url(), { authenticate: "right" });
    await using good = await open(server.url, { token: "right" });
    await good.ready();
    assert.equal(good.state, "connected");
    const [link] = good.links;
    assert.match(link?.instance ?? "", /^[0-9a-f]{32}$/);
    await using bad = await open(server.url, { token: "wrong" });
    const states: ConnectionState[] = [];
    using _ = bad.onState((state) => void states.push(state));
    await assert.rejects(bad.ready(), { code: "UNAUTHENTICATED", reason: "NOT_AUTHENTICATED" });
    assert.notEqual(bad.state, "connected");
    assert.ok(!states.includes("connected"));
  });
}

const Account = defineInterface("Account", { balance: method<() => number>() });
const Bank = defineInterface("Bank", {
  open: method({ args: [], returns: reference(() => Account) }),
  note: oneway<(text: string) => void>(),
});

test("connectionOf() finds the connection of a proxy, whatever was made of it", async () => {
  const object = { open: () => ({ balance: () => 1 }), note() {} };
  await using server = await serve([implement(Bank, object)], "memory:of");
  const bank = await connect(Bank, server.url);
  const connection = connectionOf(bank);
  assert.ok(connection !== null);
  await connection.ready();
  assert.equal(connectionOf(within(bank, { timeout: 50 })), connection);
  await using other = await open(server.url);
  assert.equal(connectionOf(other.proxy(Bank)), other);
  const account = await bank.open();
  assert.equal(connectionOf(account), null);
  assert.throws(() => connectionOf({}), { code: "INVALID_ARGUMENT" });
  await close(bank);
  assert.equal(connection.state, "closed");
  assert.deepEqual(
    connection.links.map(({ state }) => state),
    ["closed"],
  );
});

test("a connection that is not made again is closed when it is lost", async () => {
  const server = await serve(Subject, new RealSubject(), "tcp://127.0.0.1:0");
  await using connection = await open(server.url, { reconnect: false });
  await connection.ready();
  const closed = new Promise<ConnectionState>((resolve) =>
    connection.onState((state) => state === "closed" && resolve(state)),
  );
  await server.close();
  assert.equal(await closed, "closed");
  await assert.rejects(connection.ready(), UpcallError);
});

test("the plain wire has no greeting, and is connected until it is closed", async () => {
  const Line = defineInterface("Line", { say: method<(text: string) => string>({ plain: "text" }) });
  await using server = await serve([implement(Line, { say: (text) => text })], "tcp://127.0.0.1:0", { wire: "plain" });
  const line = await connect(Line, server.url, { wire: "plain" });
  const connection = connectionOf(line);
  assert.equal(connection?.state, "connected");
  await assert.rejects(connection?.ready() ?? assert.fail(), { code: "UNIMPLEMENTED" });
  assert.equal(await line.say("x"), "x");
  await close(line);
  assert.equal(connection?.state, "closed");
});
