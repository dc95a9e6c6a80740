// The `observer` option and the counters over every medium: tracing the stages of a call on both sides, metrics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, type Observer, open, type StageEvent, serve, stages } from "upcall";
import { media } from "../harness/media.ts";
import { RealSubject, Subject } from "./interfaces.ts";

for (const medium of media) {
  test(`${medium.name}: an observer sees every stage on both sides, in order`, async () => {
    const events: StageEvent[] = [];
    const observer: Observer = (event) => {
      if (event.event === "stage") events.push(event);
    };
    await using server = await serve(Subject, new RealSubject(), medium.url(), { observer });
    await using subject = await connect(Subject, server.url, { observer });
    assert.equal(await subject.reverse("abc"), "cba");
    const seen = (side: string, way: string): string[] =>
      events.filter((event) => event.side === side && event.way === way).map(({ stage }) => stage);
    assert.deepEqual(seen("caller", "call"), ["proxy", "encode", "frame", "send"]);
    assert.deepEqual(seen("callee", "call"), ["receive", "unframe", "decode", "upcall"]);
    assert.deepEqual(seen("callee", "reply"), ["return", "encode", "frame", "send"]);
    assert.deepEqual(seen("caller", "reply"), ["receive", "unframe", "decode", "settle"]);
    assert.deepEqual(new Set(events.map(({ stage }) => stage)), new Set(stages));
    const [named] = new Set(events.map(({ connection }) => connection).filter((connection) => connection !== ""));
    assert.match(named ?? "", /^[0-9a-f]{32}$/);
    for (const { interface: subject, method, id, stage, bytes, connection, worker } of events) {
      assert.deepEqual([subject, method, worker], ["Subject", "reverse", null]);
      assert.ok(id === 1 || stage === "proxy" || stage === "encode");
      assert.equal(connection, named);
      if (["encode", "frame", "receive", "unframe", "decode"].includes(stage)) assert.ok(bytes > 0, stage);
    }
  });

  test(`${medium.name}: counters move on both sides`, async () => {
    await using server = await serve(Subject, new RealSubject(), medium.url());
    await using connection = await open(server.url);
    const subject = connection.proxy(Subject);
    await Promise.all([subject.reverse("a"), subject.fail("x").catch(() => {}), subject.echo(1)]);
    const [near, far] = [connection.counters(), server.counters()];
    assert.equal(near.callsMade, 3);
    assert.equal(far.callsReceived, 3);
    assert.equal(far.upcallsThrown, 1);
    assert.equal(far.connections, 1);
    assert.equal(far.connectionsNow, 1);
    assert.equal(far.runningNow, 0);
    assert.equal(near.framesSent, far.framesReceived);
    assert.equal(near.framesReceived, far.framesSent);
    assert.equal(near.bytesSent, far.bytesReceived);
    assert.equal(near.bytesReceived, far.bytesSent);
    // Everything of a turn goes out in one write.
    assert.ok(near.writes <= 3, `${near.writes}`);
  });
}
