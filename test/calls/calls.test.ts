// Ordinary calls from end to end over every medium: values both ways, many at once, `within`, oneways, versions of an
// interface, close, connection limits and connecting where no server is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  close,
  connect,
  context,
  defineInterface,
  implement,
  method,
  open,
  type Server,
  Skeleton,
  serve,
  type UpcallError,
  within,
} from "upcall";
import { allMedia } from "../harness/media.ts";
import { assertSame } from "../harness/same.ts";
import { Accounts, RealSubject, Subject } from "./interfaces.ts";

const values: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -0,
  Number.NaN,
  2 ** 53 - 1,
  1.5,
  10n ** 60n,
  "",
  "ä€😀",
  [],
  [1, [2]],
  {},
  { a: { b: null } },
  new Date(0),
  new Map([[1, { two: 2 }]]),
  new Set(["x"]),
  new Uint8Array([1, 2, 3]),
  new Float64Array([0.5]),
  new ArrayBuffer(3),
  new RangeError("far"),
];

for (const medium of allMedia) {
  const { options } = medium;
  const served = async (real: RealSubject = new RealSubject()): Promise<Server> =>
    await serve(Subject, real, medium.url(), options);

  test(`${medium.name}: values of every kind survive both ways`, async () => {
    await using server = await served();
    await using subject = await connect(Subject, server.url, options);
    for (const value of values) assertSame(await subject.echo(value), value);
    const long = "x".repeat(1_000_000);
    assert.equal(await subject.echo(long), long);
  });

  test(`${medium.name}: a skeleton by inheritance answers like one by delegation`, async () => {
    class Real extends Skeleton(Accounts) {
      #sum = 0n;
      deposit(_name: string, amount: bigint): bigint {
        this.#sum += amount;
        return this.#sum;
      }
    }
    await using server = await serve(new Real(), medium.url(), options);
    await using accounts = await connect(Accounts, server.url, options);
    assert.equal(await accounts.deposit("x", 5n), 5n);
    assert.equal(await accounts.deposit("x", 5n), 10n);
  });

  test(`${medium.name}: several interfaces on several URLs, several proxies on one connection`, async () => {
    const skeletons = [implement(Subject, new RealSubject()), implement(Accounts, { deposit: (_, amount) => amount })];
    await using server = await serve(skeletons, [medium.url(), medium.url()], options);
    assert.equal(server.urls.length, 2);
    for (const url of server.urls) {
      await using connection = await open(url, options);
      const [subject, again, accounts] = [
        connection.proxy(Subject),
        connection.proxy(Subject),
        connection.proxy(Accounts),
      ];
      assert.deepEqual(await Promise.all([subject.reverse("ab"), again.reverse("cd"), accounts.deposit("x", 1n)]), [
        "ba",
        "dc",
        1n,
      ]);
      await close(subject);
      assert.equal(await again.reverse("ef"), "fe");
    }
    assert.equal(server.counters().connections, 2);
  });

  test(`${medium.name}: 10,000 calls at once`, async () => {
    await using server = await served();
    await using subject = await connect(Subject, server.url, options);
    const all = await Promise.all(Array.from({ length: 10_000 }, (_, i) => subject.echo(i)));
    assert.ok(all.every((value, i) => value === i));
  });

  test(`${medium.name}: many long results at once`, async () => {
    await using server = await served();
    await using subject = await connect(Subject, server.url, options);
    const long = new Uint8Array(3 * 1024 * 1024);
    const all = (await Promise.all(Array.from({ length: 8 }, () => subject.echo(long)))) as Uint8Array[];
    assert.ok(all.every(({ length }) => length === long.length));
    assert.equal(server.counters().unsentCloses, 0);
  });

  test(`${medium.name}: what a method throws has run; its own code travels`, async () => {
    await using server = await served();
    await using subject = await connect(Subject, server.url, options);
    await assert.rejects(subject.fail("own"), {
      code: "NOT_FOUND",
      reason: "THROWN",
      outcome: "executed",
      message: "there is no account 7",
    });
    await assert.rejects(subject.fail("luck"), {
      code: "UNKNOWN",
      outcome: "executed",
      message:
        /^Subject\.fail failed with an error that it does not declare; the log of the other side has it under [0-9a-f]{16}$/,
    });
    await assert.rejects(subject.fail("null"), { code: "UNKNOWN", outcome: "executed" });
    await assert.rejects(subject.echo(Symbol("s")), {
      code: "INVALID_ARGUMENT",
      reason: "NOT_MARSHALLABLE",
      outcome: "not-executed",
    });
  });

  test(`${medium.name}: within gives a second proxy with its own time and signal`, async () => {
    const real = new RealSubject();
    await using server = await served(real);
    await using subject = await connect(Subject, server.url, options);
    const entered = new Promise<AbortSignal>((resolve) => {
      real.onNever = resolve;
    });
    const control = new AbortController();
    const call = within(subject, { signal: control.signal }).never();
    const signal = await entered;
    control.abort();
    await assert.rejects(call, { code: "CANCELLED", outcome: "unknown" });
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await assert.rejects(within(subject, { timeout: 20 }).never(), {
      code: "DEADLINE_EXCEEDED",
      reason: "TIMEOUT",
      outcome: "unknown",
    });
    assert.throws(() => within(subject, { timeout: -1 }), { reason: "BAD_OPTION", outcome: "not-executed" });
    assert.equal(await within(within(subject, { timeout: 5_000 }), {}).reverse("xy"), "yx");
  });

  test(`${medium.name}: oneway calls arrive, in order with calls that follow`, async () => {
    await using server = await served();
    await using subject = await connect(Subject, server.url, options);
    for (let i = 0; i < 100; i++) await subject.note(`${i}`);
    assert.equal((await subject.notes()).length, 100);
  });

  test(`${medium.name}: an old client and a newer server, and the reverse`, async () => {
    const older = defineInterface("Subject", { reverse: method<(text: string) => string>() });
    const newer = defineInterface("Subject", {
      brandNew: method<() => void>(),
      reverse: method<(text: string) => string>(),
    });
    await using server = await served();
    await using connection = await open(server.url, options);
    assert.equal(await connection.proxy(older).reverse("ab"), "ba");
    assert.equal(await connection.proxy(newer).reverse("ab"), "ba");
    await assert.rejects(connection.proxy(newer).brandNew(), {
      code: "UNIMPLEMENTED",
      reason: "NO_METHOD",
      outcome: "not-executed",
      message: /older than the client/,
    });
    const unknown = defineInterface("Unknown", { x: method<() => void>() });
    await assert.rejects(connection.proxy(unknown).x(), {
      code: "UNIMPLEMENTED",
      reason: "NO_INTERFACE",
      message: /it serves Subject/,
    });
  });

  test(`${medium.name}: closing twice, with calls in flight, ends them by the drain limit`, async () => {
    const real = new RealSubject();
    const server = await serve(Subject, real, medium.url(), { ...options, limits: { drain: 30 } });
    const subject = await connect(Subject, server.url, { ...options, reconnect: false });
    const entered = new Promise((resolve) => {
      real.onNever = resolve;
    });
    const call = assert.rejects(subject.never(), { outcome: "unknown" });
    await entered;
    await Promise.all([server.close(), server.close()]);
    await call;
    await assert.rejects(subject.reverse("x"), { code: "UNAVAILABLE", outcome: "not-executed" });
    await Promise.all([close(subject), close(subject)]);
    await assert.rejects(subject.reverse("x"), { code: "UNAVAILABLE", outcome: "not-executed" });
    assert.equal(server.counters().connectionsNow, 0);
  });

  test(`${medium.name}: a server with no room for a connection says so, and closing does not hang`, async () => {
    await using server = await serve(Subject, new RealSubject(), medium.url(), {
      ...options,
      limits: { connections: 1 },
    });
    await using first = await connect(Subject, server.url, options);
    assert.equal(await first.reverse("ab"), "ba");
    const second = await connect(Subject, server.url, { ...options, reconnect: false });
    await assert.rejects(second.reverse("x"), (error: UpcallError) => error.outcome !== "executed");
    await close(second);
    assert.equal(await first.reverse("ab"), "ba");
    assert.equal(server.counters().connectionsRefused, 1);
  });

  test(`${medium.name}: nothing is there, or somebody else is`, async () => {
    const server = await served();
    const { url } = server;
    await assert.rejects(serve(Subject, new RealSubject(), url, options), {
      code: "UNAVAILABLE",
      reason: "ADDRESS_IN_USE",
    });
    await server.close();
    await assert.rejects(connect(Subject, url, options), {
      code: "UNAVAILABLE",
      reason: "CONNECTION_REFUSED",
      outcome: "not-executed",
    });
    const again = await serve(Subject, new RealSubject(), url, options);
    await again.close();
  });

  test(`${medium.name}: ping`, async () => {
    await using server = await served();
    await using connection = await open(server.url, options);
    await connection.ping();
    await server.close();
    await assert.rejects(connection.ping(), { code: "UNAVAILABLE" });
  });

  test(`${medium.name}: a proxy is no promise, shows what it is, and has the interface's members only`, async () => {
    await using server = await served();
    await using subject = await connect(Subject, server.url, options);
    assert.equal(await Promise.resolve(subject), subject);
    assert.equal(inspect(subject), `Subject { echo, reverse, fail, never, note, notes } at ${server.url}`);
    assert.equal(Object.prototype.toString.call(subject), "[object proxy of Subject]");
    assert.equal((subject as unknown as { then?: unknown }).then, undefined);
    assert.equal(JSON.stringify(subject), "{}");
    const members = Object.getOwnPropertyNames(Object.getPrototypeOf(subject)).filter((name) => name !== "constructor");
    assert.deepEqual(
      members,
      Subject.table.map(({ name }) => name),
    );
    assert.throws(() => context(), { code: "FAILED_PRECONDITION" });
  });
}
