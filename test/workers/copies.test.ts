// A small argument through a pool of threads or processes: how often its bytes are copied from memory to memory (zero-copy,
// buffers), from where the socket's bytes are read to where they are decoded, and the result on its way back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, connect, serve } from "upcall";
import { Copied, copies, marked } from "./modules/copies.ts";

const module = new URL("./modules/copies.js", import.meta.url);

for (const workers of ["threads:1", "processes:1"] as const) {
  test(`a small argument is copied twice, and a small result once: ${workers}`, async () => {
    const server = await serve(Copied, module, "tcp://127.0.0.1:0", { workers });
    const subject = await connect(Copied, server.url);
    try {
      // The first calls make what later ones find.
      for (let warm = 0; warm < 3; warm++) {
        await subject.take(marked);
        await subject.give();
      }
      copies();
      // Into the memory that is kept until the call is settled, for a worker that dies, and into the link's batch.
      assert.equal(await subject.take(marked), 0);
      assert.equal(copies(), 2);
      // Into the batch of the caller's connection.
      assert.equal(await subject.give(), marked);
      assert.equal(copies(), 1);
      assert.equal(await subject.take("short"), 0);
    } finally {
      await close(subject);
      await server.close();
    }
  });
}
