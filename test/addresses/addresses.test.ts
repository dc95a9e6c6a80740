// Several addresses for one connection, on virtual time: fail over, load balancing between them, reconnecting after a
// lost connection with backoff, and calls that wait for a reconnect.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { defineInterface, method, within } from "upcall";
import { notExecuted } from "#internal/errors.js";
import { proxyOf } from "#internal/proxy/proxy.js";
import { hanging, resultOf, saysOf } from "../harness/sessions.ts";
import { Account, Bank } from "../references/bank.ts";
import { Fleet, settling } from "./fleet.ts";

suite("connecting to addresses", () => {
  test("the first that is there is enough, and the others are tried on", async () => {
    const fleet = new Fleet(3);
    fleet.place(0).up = false;
    fleet.place(1).deaf = true;
    assert.deepEqual((await fleet.open()).settled, { value: undefined });
    const call = fleet.call("echo", [1]);
    await fleet.clock.settle();
    assert.equal(resultOf(call), 1);
    await fleet.clock.advance(200);
    // Half of 100, half of 200 after that.
    assert.deepEqual(fleet.place(0).tried, [0, 56, 160]);
  });

  test("where none is there, connecting fails with every reason, and nothing is tried any more", async () => {
    const fleet = new Fleet(2);
    for (const place of fleet.places) place.up = false;
    const opened = await fleet.open();
    assert.equal(saysOf(opened), "UNAVAILABLE CONNECTION_REFUSED not-executed");
    const { settled } = opened;
    assert.ok(settled !== null && "error" in settled);
    assert.match(settled.error.message, /none of 2 addresses .*place-0.*place-1/);
    assert.ok(settled.error.cause instanceof AggregateError && settled.error.cause.errors.length === 2);
    await fleet.clock.advance(60_000);
    assert.deepEqual(
      fleet.places.map(({ tried }) => tried.length),
      [1, 1],
    );
    assert.equal(fleet.clock.timers, 0);
  });

  test("one address alone fails with its own error", async () => {
    const fleet = new Fleet(1);
    fleet.place(0).up = false;
    const opened = await fleet.open();
    assert.equal(saysOf(opened), "UNAVAILABLE CONNECTION_REFUSED not-executed");
    assert.ok(opened.settled !== null && "error" in opened.settled);
    assert.equal(opened.settled.error.message, "nothing listens at place-0");
  });

  test("a signal gives up", async () => {
    const fleet = new Fleet(2);
    for (const place of fleet.places) place.deaf = true;
    const controller = new AbortController();
    const opened = await fleet.open(controller.signal);
    assert.equal(opened.settled, null);
    controller.abort("enough");
    await fleet.clock.settle();
    assert.equal(saysOf(opened), "CANCELLED ABORTED not-executed");
    assert.equal(hanging(fleet.endpoint), 0);
  });
});

suite("which address a call goes to", () => {
  test("the one with the fewest calls in flight, in turns where they are alike", async () => {
    const fleet = new Fleet(3);
    await fleet.open();
    for (let i = 0; i < 3; i++) {
      fleet.call("echo", [i]);
      await fleet.clock.settle();
    }
    assert.deepEqual(
      fleet.places.map(({ real }) => real.echoed.length),
      [1, 1, 1],
    );
    const slow = fleet.call("wait", ["slow"]);
    await fleet.clock.settle();
    for (let i = 0; i < 4; i++) {
      fleet.call("echo", [i]);
      await fleet.clock.settle();
    }
    const busy = fleet.places.findIndex(({ real }) => real.waiting.size > 0);
    assert.deepEqual(
      fleet.places.map(({ real }) => real.echoed.length),
      [0, 1, 2].map((i) => (i === busy ? 1 : 3)),
    );
    assert.equal(slow.settled, null);
  });

  test("one that has not answered the greeting has its turn where there is no other", async () => {
    const fleet = new Fleet(2);
    await fleet.open();
    fleet.place(0).kill();
    await fleet.clock.settle();
    const silent = fleet.place(0);
    silent.up = true;
    silent.silent = true;
    await fleet.clock.advance(100);
    assert.equal(silent.tried.length, 2);
    const calls = Array.from({ length: 10 }, (_, i) => fleet.call("echo", [i]));
    await fleet.clock.settle();
    assert.equal(fleet.place(1).real.echoed.length, 10);
    assert.ok(calls.every(({ settled }) => settled !== null));
  });

  test("each connection has its own numbers for what is announced late", async () => {
    const Late = defineInterface("Late", { one: method<() => number>(), two: method<() => number>() });
    const fleet = new Fleet(2);
    await fleet.open();
    assert.equal(fleet.addresses.announce(Late), fleet.addresses.announce(Late));
    const late = fleet.callOn(Late, "two", []);
    const echo = fleet.call("echo", ["x"]);
    await fleet.clock.settle();
    // Nothing is served under that name, which shows that the right one was announced.
    assert.equal(saysOf(late), "UNIMPLEMENTED NO_INTERFACE not-executed");
    assert.equal(resultOf(echo), "x");
  });
});

test("a connection that has no number left for an interface fails the call, and says so to nobody else", async () => {
  const Late = defineInterface("Late", { one: method<() => number>() });
  const Later = defineInterface("Later", { one: method<() => number>() });
  // The bank's account comes on the connection, and takes of the room that is left.
  const fleet = new Fleet(1, {
    interfaces: [Bank],
    limits: { announced: Bank.table.length + Account.table.length + 1 },
  });
  await fleet.open();
  const bank = proxyOf(Bank, fleet.addresses, false);
  const account = settling(bank.open("a"));
  await fleet.clock.settle();
  assert.ok(account.settled !== null && "value" in account.settled);
  const one = fleet.callOn(Late, "one", []);
  const other = fleet.callOn(Later, "one", []);
  const plain = settling(bank.plain(1));
  await fleet.clock.settle();
  assert.equal(saysOf(one), "UNIMPLEMENTED NO_INTERFACE not-executed");
  assert.equal(saysOf(other), "RESOURCE_EXHAUSTED TOO_MANY not-executed");
  assert.equal(resultOf(plain), 1);
});

suite("a connection that was lost", () => {
  test("is made again, and what was called meanwhile runs then, in order", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    const place = fleet.place(0);
    const before = fleet.call("wait", ["before"]);
    await fleet.clock.settle();
    place.kill();
    await fleet.clock.settle();
    assert.equal(saysOf(before), "UNAVAILABLE CONNECTION_LOST unknown");
    const list = ["as it was"];
    const calls = [fleet.call("echo", [list]), fleet.call("echo", [2]), fleet.call("note", ["noted"])];
    list[0] = "changed";
    await fleet.clock.settle();
    assert.equal(fleet.addresses.waiting, 3);
    place.up = true;
    await fleet.clock.advance(100);
    assert.deepEqual(calls.map(resultOf), [["as it was"], 2, undefined]);
    assert.deepEqual(place.real.echoed, [["as it was"], 2]);
    assert.deepEqual(place.real.notes, ["noted"]);
    assert.equal(fleet.addresses.waiting, 0);
  });

  test("rests twice as long each time, up to ten seconds, and briefly again after it worked", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    const place = fleet.place(0);
    fleet.chance = 0.999;
    await fleet.clock.advance(1_000);
    place.kill();
    await fleet.clock.advance(60_000);
    const times = place.tried.slice(1);
    const rests = times.map((time, i) => time - (times[i - 1] ?? 1_000));
    for (const [i, rest] of rests.entries()) {
      const most = Math.min(10_000, 100 * 2 ** i);
      assert.ok(rest > most * 0.9 && rest <= most + 16, `rest ${i} of ${most}: ${rest}`);
    }
    assert.ok(rests.length >= 9);
    place.up = true;
    await fleet.clock.advance(10_100);
    const call = fleet.call("echo", [1]);
    await fleet.clock.settle();
    assert.equal(resultOf(call), 1);
    // It has to live as long as it would rest next.
    await fleet.clock.advance(10_000);
    place.kill();
    const lost = fleet.clock.now();
    await fleet.clock.advance(120);
    const next = place.tried.at(-1) ?? 0;
    assert.ok(next > lost && next <= lost + 116, `${next - lost}`);
  });

  test("chance may be none: then it is tried at once", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    fleet.chance = 0;
    fleet.place(0).kill();
    fleet.place(0).up = true;
    await fleet.clock.advance(9);
    const call = fleet.call("echo", [1]);
    await fleet.clock.settle();
    assert.equal(resultOf(call), 1);
  });

  test("a call waits no longer than its deadline, and was not executed", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    fleet.place(0).kill();
    await fleet.clock.settle();
    const call = fleet.call("echo", [1], { timeout: 500 });
    const own = fleet.call("quick");
    await fleet.clock.advance(100);
    assert.equal(saysOf(own), "DEADLINE_EXCEEDED EXPIRED not-executed");
    assert.equal(call.settled, null);
    await fleet.clock.advance(420);
    assert.equal(saysOf(call), "DEADLINE_EXCEEDED EXPIRED not-executed");
    assert.equal(fleet.endpoint.counters.deadlinesExceeded, 2);
    fleet.place(0).up = true;
    await fleet.clock.advance(5_000);
    assert.deepEqual(fleet.place(0).real.echoed, []);
  });

  test("what it waited is gone from its time", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    const place = fleet.place(0);
    place.kill();
    await fleet.clock.settle();
    fleet.chance = 0.9;
    const call = fleet.call("wait", ["x"], { timeout: 200 });
    place.up = true;
    await fleet.clock.advance(100);
    assert.equal(place.real.waiting.size, 1);
    await fleet.clock.advance(90);
    assert.equal(call.settled, null);
    await fleet.clock.advance(20);
    assert.equal(saysOf(call), "DEADLINE_EXCEEDED TIMEOUT unknown");
  });

  test("a signal takes a call back while it waits, and after it was sent", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    const place = fleet.place(0);
    place.kill();
    await fleet.clock.settle();
    const early = new AbortController();
    const late = new AbortController();
    const one = fleet.call("wait", ["one"], { signal: early.signal });
    const other = fleet.call("wait", ["other"], { signal: late.signal });
    early.abort("enough");
    await fleet.clock.settle();
    assert.equal(saysOf(one), "CANCELLED ABORTED not-executed");
    place.up = true;
    await fleet.clock.advance(100);
    late.abort("enough");
    await fleet.clock.settle();
    assert.equal(saysOf(other), "CANCELLED ABORTED unknown");
    assert.equal(place.real.waiting.get("other")?.signal.aborted, true);
    assert.equal(fleet.endpoint.counters.cancelled, 2);
  });

  test("no more wait than the limits allow, by number and by bytes", async () => {
    for (const limits of [{ waiting: 2 }, { waitingBytes: 100 }]) {
      const fleet = new Fleet(1, { limits });
      await fleet.open();
      fleet.place(0).kill();
      await fleet.clock.settle();
      const calls = Array.from({ length: 3 }, () => fleet.call("echo", ["x".repeat(40)]));
      await fleet.clock.settle();
      assert.deepEqual(
        calls.map(({ settled }) => settled === null),
        [true, true, false],
      );
      assert.equal(saysOf(calls[2] ?? { settled: null }), "RESOURCE_EXHAUSTED BUSY not-executed");
      assert.equal(fleet.endpoint.counters.refusedWaiting, 1);
    }
  });

  test("arguments that cannot be sent are refused at once, and cost their call alone", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    fleet.place(0).kill();
    await fleet.clock.settle();
    const bad = fleet.call("echo", [() => 1]);
    const good = fleet.call("echo", [1]);
    await fleet.clock.settle();
    assert.equal(saysOf(bad), "INVALID_ARGUMENT NOT_MARSHALLABLE not-executed");
    fleet.place(0).up = true;
    await fleet.clock.advance(100);
    assert.equal(resultOf(good), 1);
  });

  test("calls go to the others meanwhile", async () => {
    const fleet = new Fleet(2);
    await fleet.open();
    fleet.place(0).kill();
    const calls = Array.from({ length: 6 }, (_, i) => fleet.call("echo", [i]));
    await fleet.clock.settle();
    const lost = calls.filter(({ settled }) => settled !== null && "error" in settled);
    for (const call of lost) assert.equal(saysOf(call), "UNAVAILABLE CONNECTION_LOST unknown");
    assert.ok(lost.length <= 3);
    const later = Array.from({ length: 6 }, (_, i) => fleet.call("echo", [i]));
    await fleet.clock.settle();
    assert.deepEqual(later.map(resultOf), [0, 1, 2, 3, 4, 5]);
  });

  test("one that the other side ended is left at once, and its running calls may finish", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    const place = fleet.place(0);
    const running = fleet.call("wait", ["running"]);
    await fleet.clock.settle();
    void place.sessions[0]?.close();
    await fleet.clock.advance(100);
    assert.equal(place.tried.length, 2);
    place.real.waiting.get("running")?.resolve("finished");
    await fleet.clock.settle();
    assert.equal(resultOf(running), "finished");
    const call = fleet.call("echo", ["on the next one"]);
    await fleet.clock.advance(200);
    assert.equal(resultOf(call), "on the next one");
    assert.equal(place.tried.length, 2);
  });

  test("for what was said on it is made again like any other", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    const [end] = fleet.place(0).ends;
    end?.write(new Uint8Array(64).fill(0xff));
    await fleet.clock.settle();
    const call = fleet.call("echo", [1]);
    assert.equal(call.settled, null);
    await fleet.clock.advance(100);
    assert.equal(resultOf(call), 1);
  });

  test("by a refusal is not waited for, and yet tried again", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    const place = fleet.place(0);
    place.refusal = notExecuted("UNAUTHENTICATED", "THROWN", "nobody knows you");
    for (const end of place.ends.splice(0)) end.destroy();
    await fleet.clock.settle();
    const waited = fleet.call("echo", [1]);
    await fleet.clock.advance(60);
    assert.equal(saysOf(waited), "UNAUTHENTICATED THROWN not-executed");
    const next = fleet.call("echo", [2]);
    await fleet.clock.settle();
    assert.equal(saysOf(next), "UNAUTHENTICATED THROWN not-executed");
    place.refusal = null;
    await fleet.clock.advance(5_000);
    const last = fleet.call("echo", [3]);
    await fleet.clock.settle();
    assert.equal(resultOf(last), 3);
  });

  test("by a refusal is no reason where another one is open, or may be", async () => {
    const fleet = new Fleet(2);
    await fleet.open();
    const [one, other] = fleet.places;
    assert.ok(one !== undefined && other !== undefined);
    one.refusal = notExecuted("UNAUTHENTICATED", "THROWN", "nobody knows you");
    for (const end of one.ends.splice(0)) end.destroy();
    other.kill();
    await fleet.clock.advance(100);
    const call = fleet.call("echo", [1]);
    await fleet.clock.settle();
    assert.equal(call.settled, null);
    other.up = true;
    await fleet.clock.advance(400);
    assert.equal(resultOf(call), 1);
  });

  test("lets calls wait that carry something, with their time, and calls of their results", async () => {
    const fleet = new Fleet(1, { interfaces: [Bank] });
    await fleet.open();
    const place = fleet.place(0);
    place.kill();
    await fleet.clock.settle();
    const bank = proxyOf(Bank, fleet.addresses, false);
    const deposit = settling(bank.open("a").deposit(5));
    const none = settling(bank.openNone("x").balance());
    const each = settling(bank.each(2, (index) => index + 1));
    const open = settling(within(bank, { timeout: 300 }).openLater("b"));
    const controller = new AbortController();
    const unwanted = settling(within(bank, { signal: controller.signal }).openLater("c"));
    assert.equal(fleet.addresses.waiting, 5);
    controller.abort("enough");
    await fleet.clock.settle();
    assert.equal(saysOf(unwanted), "CANCELLED ABORTED not-executed");
    place.up = true;
    await fleet.clock.advance(100);
    assert.equal(resultOf(deposit), 5);
    assert.equal(saysOf(none), "NOT_FOUND THROWN not-executed");
    assert.equal(resultOf(each), 3);
    await fleet.clock.advance(190);
    assert.equal(open.settled, null);
    await fleet.clock.advance(20);
    assert.equal(saysOf(open), "DEADLINE_EXCEEDED TIMEOUT unknown");
  });

  test("lets calls that carry something wait no longer than their deadlines", async () => {
    const fleet = new Fleet(1, { interfaces: [Bank] });
    await fleet.open();
    fleet.place(0).kill();
    await fleet.clock.settle();
    const bank = within(proxyOf(Bank, fleet.addresses, false), { timeout: 100 });
    const opened = bank.open("a");
    const deposit = settling(within(opened, { timeout: 50 }).deposit(5));
    const open = settling(opened);
    await fleet.clock.advance(60);
    assert.equal(saysOf(deposit), "DEADLINE_EXCEEDED EXPIRED not-executed");
    assert.equal(open.settled, null);
    await fleet.clock.advance(60);
    assert.equal(saysOf(open), "DEADLINE_EXCEEDED EXPIRED not-executed");
  });

  test("is not made again where that was not wanted", async () => {
    const fleet = new Fleet(1, { reconnect: false });
    await fleet.open();
    fleet.place(0).kill();
    await fleet.clock.settle();
    fleet.place(0).up = true;
    await fleet.clock.advance(60_000);
    const call = fleet.call("echo", [1]);
    await fleet.clock.settle();
    assert.equal(saysOf(call), "UNAVAILABLE CONNECTION_LOST not-executed");
    assert.equal(fleet.place(0).tried.length, 1);
  });

  test("pings go to one that is open, and fail at once where none is", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    const there = settling(fleet.addresses.ping());
    await fleet.clock.settle();
    assert.deepEqual(there.settled, { value: undefined });
    fleet.place(0).kill();
    await fleet.clock.settle();
    await assert.rejects(async () => await fleet.addresses.ping(), {
      code: "UNAVAILABLE",
      reason: "CONNECTION_LOST",
      outcome: "not-executed",
    });
  });
});

suite("closing addresses", () => {
  test("what waits is not sent, what runs may finish, and nothing is left", async () => {
    const fleet = new Fleet(2);
    await fleet.open();
    const running = fleet.call("wait", ["running"]);
    await fleet.clock.settle();
    const [busy, idle] = fleet.places.toSorted((one, other) => other.real.waiting.size - one.real.waiting.size);
    idle?.kill();
    await fleet.clock.settle();
    const closing = settling(fleet.addresses.close());
    const late = fleet.call("echo", [1]);
    await fleet.clock.settle();
    assert.equal(saysOf(late), "UNAVAILABLE CLOSED not-executed");
    busy?.real.waiting.get("running")?.resolve(7);
    await fleet.clock.settle();
    assert.equal(resultOf(running), 7);
    assert.deepEqual(closing.settled, { value: undefined });
    assert.equal(hanging(fleet.endpoint), 0);
    await fleet.clock.advance(60_000);
    assert.equal(idle?.tried.length, 1);
  });

  test("calls that wait are told", async () => {
    const fleet = new Fleet(1);
    await fleet.open();
    fleet.place(0).kill();
    await fleet.clock.settle();
    const call = fleet.call("echo", [1]);
    await fleet.clock.settle();
    void fleet.addresses.close();
    await fleet.clock.settle();
    assert.equal(saysOf(call), "UNAVAILABLE CLOSED not-executed");
    assert.equal(hanging(fleet.endpoint), 0);
  });
});
