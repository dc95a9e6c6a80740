// Pipelined calls of a result that turns out to be an object of the caller's own: they are calls like any other.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  callback,
  connect,
  context,
  data,
  defineInterface,
  type Interceptor,
  method,
  type ProxyOf,
  reference,
  serve,
  stream,
  UpcallError,
  within,
} from "upcall";

const Own = defineInterface("Own", {
  push: method({ args: [data<number[]>()], returns: data<number[]>() }),
  wait: method<() => void>(),
  fail: method<(code: string) => void>(),
  odd: method<() => unknown>(),
  told: method<() => unknown>(),
  call: method({ args: [callback<(n: number) => number>()], returns: data<number>() }),
  self: method({ args: [], returns: reference((): typeof Own => Own) }),
  items: method({ args: [stream<number>()], returns: stream<number>() }),
});
const Mirror = defineInterface("Mirror", {
  back: method({ args: [reference(() => Own)], returns: reference(() => Own) }),
});

class RealOwn {
  readonly list: number[] = [];
  aborted: unknown = null;

  push(list: number[]): number[] {
    list.push(1);
    this.list.push(...list);
    return this.list;
  }
  async wait(): Promise<void> {
    const { signal } = context();
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    this.aborted = signal.reason;
  }
  fail(code: string): void {
    if (code === "plain") throw new RangeError("a secret");
    throw new UpcallError("NOT_FOUND", "it is not there");
  }
  odd(): unknown {
    return () => 1;
  }
  told(): unknown {
    const { metadata } = context();
    context().answer({ seen: "yes" });
    return metadata;
  }
  async call(f: (n: number) => number | Promise<number>): Promise<number> {
    return await f(2);
  }
  self(): this {
    return this;
  }
  async *items(given: AsyncIterable<number>): AsyncGenerator<number> {
    for await (const n of given) yield n * 2;
  }
}

const seen: string[] = [];
const watch: Interceptor = async (call, next) => {
  seen.push(`${call.side} ${call.method}`);
  return await next();
};

for (const interceptors of [[], [watch]]) {
  suite(interceptors.length === 0 ? "directly" : "through an interceptor", () => {
    const place = async () => {
      const server = await serve(Mirror, { back: (own) => own }, "memory:local", { onError: () => {} });
      const mirror = await connect(Mirror, server.url, { interceptors, onError: () => {} });
      const own = new RealOwn();
      const promise = mirror.back(own);
      assert.equal(await promise, own);
      return {
        own,
        promise: promise as unknown as ProxyOf<typeof Own>,
        async [Symbol.asyncDispose]() {
          await (mirror as AsyncDisposable)[Symbol.asyncDispose]();
          await server.close();
        },
      };
    };

    test("values are copied both ways", async () => {
      await using at = await place();
      const given = [5];
      const result = await at.promise.push(given);
      assert.deepEqual([given, result], [[5], [5, 1]]);
      assert.notEqual(result, at.own.list);
      await assert.rejects(at.promise.push(Symbol("no") as never), { reason: "NOT_MARSHALLABLE" });
      await assert.rejects(at.promise.odd(), { code: "INTERNAL", reason: "BAD_RESULT", outcome: "executed" });
    });

    test("its deadline and its signal end it, and the method hears of it", async () => {
      await using at = await place();
      await assert.rejects(within(at.promise, { timeout: 20 }).wait(), {
        code: "DEADLINE_EXCEEDED",
        outcome: "unknown",
      });
      while (at.own.aborted === null) await turn();
      assert.equal((at.own.aborted as UpcallError).code, "DEADLINE_EXCEEDED");
      at.own.aborted = null;
      const control = new AbortController();
      const waiting = within(at.promise, { signal: control.signal }).wait();
      await turn();
      control.abort();
      await assert.rejects(waiting, { code: "CANCELLED" });
      while (at.own.aborted === null) await turn();
      await assert.rejects(within(at.promise, { signal: AbortSignal.abort() }).wait(), { outcome: "not-executed" });
    });

    test("errors are told as over a wire, and metadata goes both ways", async () => {
      await using at = await place();
      await assert.rejects(at.promise.fail("x"), { code: "NOT_FOUND", reason: "THROWN", outcome: "executed" });
      await assert.rejects(at.promise.fail("plain"), ({ code, message }: UpcallError) => {
        assert.equal(code, "UNKNOWN");
        assert.doesNotMatch(message, /secret/);
        return true;
      });
      const answers: unknown[] = [];
      const terms = {
        metadata: { tone: "calm" },
        onMetadata: (answer: unknown) => void answers.push({ ...(answer as object) }),
      };
      assert.deepEqual({ ...((await within(at.promise, terms).told()) as object) }, { tone: "calm" });
      assert.deepEqual(answers, [{ seen: "yes" }]);
    });

    test("what travels by reference, and streams, do so here, and a chain goes on", async () => {
      await using at = await place();
      assert.equal(await at.promise.call((n) => n + 1), 3);
      assert.equal(await at.promise.self(), at.own);
      assert.deepEqual(await at.promise.self().self().push([7]), [7, 1]);
      const items: number[] = [];
      for await (const n of at.promise.items([1, 2])) items.push(n);
      assert.deepEqual(items, [2, 4]);
    });

    test("interceptors see it on both sides", async () => {
      await using at = await place();
      seen.splice(0);
      await at.promise.push([1]);
      assert.deepEqual(seen, interceptors.length === 0 ? [] : ["caller push", "callee push"]);
    });
  });
}
