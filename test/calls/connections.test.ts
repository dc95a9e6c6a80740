// server.connections(): the live registry of a server's connections as plain data (who, since when, calls in flight, streams,
// references, bytes), reading which makes nothing, and closing one of them, by its id or by who it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ConnectionLook,
  callback,
  connect,
  connectionOf,
  defineInterface,
  implement,
  keep,
  method,
  open,
  serve,
  stream,
} from "upcall";
import { media } from "../harness/media.ts";
import { Pair } from "../harness/sessions.ts";

const Busy = defineInterface("Busy", {
  wait: method<() => void>(),
  watch: method({ args: [callback<(value: number) => void>({ kept: true })] }),
  count: method({ args: [], returns: stream<number>() }),
  echo: method<(text: string) => string>(),
});

class RealBusy {
  over: () => void = () => {};
  held: unknown = null;

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.over = resolve;
    });
  }

  watch(watcher: (value: number) => Promise<void>): void {
    this.held = keep(watcher);
  }

  async *count(): AsyncGenerator<number> {
    for (let at = 0; ; at++) yield at;
  }

  echo(text: string): string {
    return text;
  }
}

test("looking at sessions makes nothing, on virtual time, and says what runs", async () => {
  const pair = new Pair();
  assert.deepEqual(pair.server.look(), {
    id: "",
    instance: "",
    state: "connecting",
    identity: null,
    upcalls: 0,
    calls: 0,
    streams: 0,
    references: 0,
    held: 0,
    bytesReceived: 0,
    bytesSent: 0,
  });
  const call = pair.call("wait", ["x"]);
  await pair.settle();
  const [near, far] = [pair.client.look(), pair.server.look()];
  assert.deepEqual([near.state, near.calls, near.upcalls], ["connected", 1, 0]);
  assert.deepEqual([far.state, far.calls, far.upcalls], ["connected", 0, 1]);
  assert.equal(near.id, far.id);
  assert.deepEqual([near.bytesSent, near.bytesReceived], [far.bytesReceived, far.bytesSent]);
  pair.real.waiting.get("x")?.resolve("y");
  await pair.settle();
  assert.deepEqual(call.settled, { value: "y" });
  assert.deepEqual([pair.client.look().calls, pair.server.look().upcalls], [0, 0]);
  void pair.client.close();
  assert.equal(pair.client.look().state, "draining");
  await pair.settle();
  assert.deepEqual([pair.client.look().state, pair.server.look().state], ["closed", "closed"]);
});

for (const medium of media) {
  test(`${medium.name}: a server lists its connections, and closes one of them by who it is`, async () => {
    const object = new RealBusy();
    const authenticate = (token: string | null): string | null => token;
    await using server = await serve([implement(Busy, object as never)], medium.url(), { authenticate });
    assert.deepEqual(server.connections(), []);
    await using anna = await connect(Busy, server.url, { token: "anna" });
    await using bert = await open(server.url, { token: "bert", reconnect: false });
    await bert.ready();
    const waiting = anna.wait();
    await anna.watch(() => {});
    const items = (await anna.count())[Symbol.asyncIterator]();
    await items.next();
    const of = (name: string): ConnectionLook => {
      const row = server.connections().find(({ identity }) => identity === name);
      return row ?? assert.fail(`${name} is not there`);
    };
    const row = of("anna");
    assert.deepEqual([row.state, row.upcalls, row.streams, row.held, row.worker], ["connected", 1, 1, 1, null]);
    assert.ok(row.bytesReceived > 0 && row.bytesSent > 0 && row.since > 0);
    assert.equal(row.id, connectionOf(anna)?.links[0]?.id);
    // Plain data: it can be sent and kept.
    assert.deepEqual(structuredClone(row), row);
    assert.equal(JSON.parse(JSON.stringify(row)).id, row.id);
    object.over();
    await waiting;
    assert.equal(of("anna").upcalls, 0);
    await of("bert").close();
    assert.deepEqual(
      server.connections().map(({ identity }) => identity),
      ["anna"],
    );
    await assert.rejects(bert.proxy(Busy).echo("x"), { code: "UNAVAILABLE", outcome: "not-executed" });
    await items.return?.();
  });
}

test("connections of the plain wire are listed as well, each under a name of this side", async () => {
  const Line = defineInterface("Line", { say: method<(text: string) => string>({ plain: "text" }) });
  await using server = await serve([implement(Line, { say: (text) => text })], "tcp://127.0.0.1:0", {
    wire: "plain",
    end: "newline",
  });
  await using line = await connect(Line, server.url, { wire: "plain", end: "newline" });
  assert.equal(await line.say("x"), "x");
  const [row, ...others] = server.connections();
  assert.equal(others.length, 0);
  assert.match(row?.id ?? "", /^plain-\d+$/);
  assert.deepEqual([row?.state, row?.identity, row?.bytesReceived, row?.bytesSent], ["connected", null, 2, 2]);
  await row?.close();
  assert.deepEqual(server.connections(), []);
});
