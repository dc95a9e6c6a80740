// The plain wire with every model of workers: raw bytes get the same answers.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect, serve, type Workers } from "upcall";
import { ends, noReply, Subject } from "./subject.ts";

const module = new URL("./modules/real-subject.js", import.meta.url);

for (const workers of ["threads:2", "processes:1", "threads:per-connection", "processes:per-connection"] as const) {
  suite(`plain with workers: "${workers}"`, () => {
    for (const end of ends) {
      test(end, async () => {
        const options = { wire: "plain", end } as const;
        await using server = await serve(Subject, module, "tcp://localhost:0", { ...options, workers });
        await using subject = await connect(Subject, server.url, options);
        assert.equal(await subject.request("perché"), "éhcrep");
        await assert.rejects(subject.request("throw"), noReply);
        await assert.rejects(subject.request("number"), noReply);
        assert.equal(await subject.request("still"), "llits");
      });
    }

    // Its worker is done long before its caller has read it.
    test("a reply larger than all buffers arrives whole", async () => {
      const options = { wire: "plain", end: "half-close", limits: { message: 50_000_000 } } as const;
      await using server = await serve(Subject, module, "tcp://localhost:0", { ...options, workers });
      await using subject = await connect(Subject, server.url, options);
      const replies = await Promise.all(["large a", "large b"].map((data) => subject.request(data)));
      assert.deepEqual(
        replies.map((reply) => reply === reply.charAt(0).repeat(40_000_000)),
        [true, true],
      );
    });

    test("a worker that dies costs its call, and the next one has another worker", async () => {
      const options = { wire: "plain", end: "newline" } as const;
      // Long: on a slow machine a new process takes more than the second that a call may wait for it.
      const limits = { queueTime: 30_000 };
      await using server = await serve(Subject, module, "tcp://localhost:0", { ...options, workers, limits });
      await using subject = await connect(Subject, server.url, options);
      await assert.rejects(subject.request("exit"), { code: "UNAVAILABLE", outcome: "unknown" });
      assert.equal(await subject.request("still"), "llits");
    });
  });
}

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
