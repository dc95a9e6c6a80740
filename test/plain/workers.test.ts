// The plain wire with every model of workers: raw bytes get the same answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, serve, type Workers } from "upcall";
import { everyModel, startedKinds } from "../harness/every-model.ts";
import { reaches } from "../harness/tier.ts";
import { ends, noReply, Subject } from "./subject.ts";

/** On a slow machine a new process takes more than the second that a call may wait for it. */
const patient = { queueTime: 60_000, greetingTime: 60_000 };
const module = new URL("./modules/real-subject.js", import.meta.url);

const matrix = { wire: "plain", media: ["tcp"], kinds: startedKinds, size: 1, sparing: true } as const;

everyModel("plain workers", matrix, ({ workers, kind }) => {
  for (const end of ends) {
    // A worker per connection takes the calls of all, in `quick`, over one; a pool those with a connection each.
    if (!reaches("gate") && (end === "newline") !== kind.endsWith("per connection")) continue;
    test(end, async () => {
      const options = { wire: "plain", end, limits: patient } as const;
      await using server = await serve(Subject, module, "tcp://localhost:0", { ...options, workers });
      await using subject = await connect(Subject, server.url, options);
      assert.equal(await subject.request("perché"), "éhcrep");
      await assert.rejects(subject.request("throw"), noReply);
      await assert.rejects(subject.request("number"), noReply);
      assert.equal(await subject.request("still"), "llits");
    });
  }

  // One is enough but for `all`; in `quick` it is from a process, whose end takes along what it has not sent.
  const large = reaches("all") ? ["large a", "large b"] : ["large a"];
  // Its worker is done long before its caller has read it.
  test("a reply larger than all buffers arrives whole", {
    skip: reaches("gate") || workers.startsWith("processes") ? false : "of the gate's tier",
  }, async () => {
    const options = { wire: "plain", end: "half-close", limits: { ...patient, message: 50_000_000 } } as const;
    await using server = await serve(Subject, module, "tcp://localhost:0", { ...options, workers });
    await using subject = await connect(Subject, server.url, options);
    const replies = await Promise.all(large.map((data) => subject.request(data)));
    assert.deepEqual(
      replies.map((reply) => reply === reply.charAt(0).repeat(40_000_000)),
      large.map(() => true),
    );
  });

  test("a worker that dies costs its call, and the next one has another worker", async () => {
    const options = { wire: "plain", end: "newline" } as const;
    await using server = await serve(Subject, module, "tcp://localhost:0", { ...options, workers, limits: patient });
    await using subject = await connect(Subject, server.url, options);
    await assert.rejects(subject.request("exit"), { code: "UNAVAILABLE", outcome: "unknown" });
    assert.equal(await subject.request("still"), "llits");
  });
});

test("datagrams and a pool of threads, and bytes that are not UTF-8 do not reach the method", async () => {
  const options = { wire: "plain", workers: "threads:2" satisfies Workers } as const;
  await using server = await serve(Subject, module, "udp://localhost:0", options);
  await using subject = await connect(Subject, server.url, { wire: "plain" });
  const words = Array.from({ length: 50 }, (_, i) => `word ${i}`);
  const replies = await Promise.all(words.map((word) => subject.request(word)));
  assert.deepEqual(
    replies,
    words.map((word) => word.split("").reverse().join("")),
  );
});
