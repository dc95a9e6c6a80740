// Metadata and the enclosing call pass through interceptors, and through calls that wait for a reconnect.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, context, defineInterface, type Interceptor, type Metadata, method, serve, within } from "upcall";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const url = "tcp://127.0.0.1:0";

const Back = defineInterface("Back", { seen: method<() => { metadata: Metadata; remaining: number }>() });
const Front = defineInterface("Front", { ask: method<() => { metadata: Metadata; remaining: number }>() });

const back = {
  seen() {
    const { metadata, remaining } = context();
    context().answer({ cost: "12" });
    return { metadata: { ...metadata }, remaining };
  },
};

/** Remembers the metadata of the calls that pass, and may say more. */
function noting(seen: Metadata[], more: Metadata = {}): Interceptor {
  return async (call, next) => {
    seen.push({ ...call.metadata });
    await Promise.resolve();
    return await next({ metadata: { ...call.metadata, ...more } });
  };
}

test("interceptors of both ends see metadata, and what those of the caller say of it is sent", async () => {
  const near: Metadata[] = [];
  const far: Metadata[] = [];
  const heard: Metadata[] = [];
  await using server = await serve(Back, back, url, { interceptors: [noting(far)] });
  await using proxy = await connect(Back, server.url, { interceptors: [noting(near, { added: "yes" })] });
  const asking = within(proxy, {
    metadata: { tenant: "x" },
    onMetadata: (metadata) => void heard.push({ ...metadata }),
  });
  assert.deepEqual((await asking.seen()).metadata, { tenant: "x", added: "yes" });
  assert.deepEqual([near, far, heard], [[{ tenant: "x" }], [{ tenant: "x", added: "yes" }], [{ cost: "12" }]]);
});

test("what interceptors of the callee make of metadata is what the object finds, and sends on", async () => {
  const changing: Interceptor = (call, next) => next({ metadata: { ...call.metadata, tenant: "seen", traceparent } });
  await using behind = await serve(Back, back, url);
  await using proxy = await connect(Back, behind.url);
  const own: Metadata[] = [];
  const ask = async (): Promise<{ metadata: Metadata; remaining: number }> => {
    const call = context();
    own.push(call.metadata);
    return await call.bind(proxy).seen();
  };
  const later: Metadata[] = [];
  await using server = await serve(Front, { ask }, url, { interceptors: [changing, noting(later, { added: "yes" })] });
  await using front = await connect(Front, server.url);
  const said = await within(front, { metadata: { tenant: "x", kept: "yes" } }).ask();
  const all = { tenant: "seen", kept: "yes", traceparent, added: "yes" };
  assert.deepEqual([later, { ...own[0] }], [[{ tenant: "seen", kept: "yes", traceparent }], all]);
  assert.deepEqual([Object.isFrozen(own[0]), Object.getPrototypeOf(own[0])], [true, null]);
  assert.deepEqual(said.metadata, { traceparent });
});

test("what an interceptor says twice, the object finds as it was said each time; what is no metadata does not enter it", async () => {
  const found: Metadata[] = [];
  const ask = async (): Promise<{ metadata: Metadata; remaining: number }> => {
    const { metadata, remaining } = context();
    found.push({ ...metadata });
    return { metadata, remaining };
  };
  const again: Interceptor = async (_call, next) => {
    await next({ metadata: { first: "yes", traceparent: "none" } });
    return await next();
  };
  const wrong: Interceptor = (_call, next) => next({ metadata: { Bad: "name" } });
  await using twice = await serve(Front, { ask }, url, { interceptors: [again] });
  await using front = await connect(Front, twice.url);
  await within(front, { metadata: { came: "so" } }).ask();
  assert.deepEqual(found.splice(0), [{ first: "yes" }, { came: "so" }]);
  await using bad = await serve(Front, { ask }, url, { interceptors: [wrong] });
  await using refused = await connect(Front, bad.url);
  await assert.rejects(refused.ask(), {
    code: "INVALID_ARGUMENT",
    reason: "BAD_METADATA",
    outcome: "not-executed",
    message: /^an interceptor of Front\.ask changed it: the metadata is refused/,
  });
  assert.deepEqual(found, []);
});

for (const ambient of [false, true]) {
  test(`${ambient ? "ambient" : "bound"} calls pass interceptors with their time and their trace`, async () => {
    const seen: Metadata[] = [];
    await using behind = await serve(Back, back, url, { interceptors: [noting([])] });
    await using proxy = await connect(Back, behind.url, { interceptors: [noting(seen)] });
    const ask = async () => {
      if (!ambient) return await context().bind(proxy).seen();
      await Promise.resolve();
      return await proxy.seen();
    };
    await using server = await serve(Front, { ask }, url, { ambient, interceptors: [noting([])] });
    await using front = await connect(Front, server.url);
    const said = await within(front, { timeout: 20_000, metadata: { traceparent, tenant: "x" } }).ask();
    assert.deepEqual(said.metadata, { traceparent });
    assert.deepEqual(seen, [{ traceparent }]);
    assert.ok(said.remaining > 0 && said.remaining < 20_010, `${said.remaining}`);
  });

  test(`${ambient ? "ambient" : "bound"} calls that wait for a connection keep their time, trace and metadata`, async () => {
    const first = await serve(Back, back, url, { limits: { drain: 0 } });
    await using proxy = await connect(Back, first.url);
    await proxy.seen();
    await first.close();
    const heard: Metadata[] = [];
    const terms = { metadata: { own: "yes" }, onMetadata: (metadata: Metadata) => void heard.push({ ...metadata }) };
    let asked: () => void = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const ask = async () => {
      const call = context();
      if (ambient) await Promise.resolve();
      const answer = within(ambient ? proxy : call.bind(proxy), terms).seen();
      asked();
      return await answer;
    };
    await using server = await serve(Front, { ask }, url, { ambient });
    await using front = await connect(Front, server.url);
    const answer = within(front, { timeout: 20_000, metadata: { traceparent } }).ask();
    await isAsked;
    await using _again = await serve(Back, back, first.url);
    const said = await answer;
    assert.deepEqual(said.metadata, { traceparent, own: "yes" });
    assert.ok(said.remaining > 0 && said.remaining < 20_010, `${said.remaining}`);
    assert.deepEqual(heard, [{ cost: "12" }]);
  });
}

test("a call that waits for a connection ends with the call that it is made in", async () => {
  const first = await serve(Back, back, url, { limits: { drain: 0 } });
  await using proxy = await connect(Back, first.url);
  await first.close();
  await using server = await serve(Front, { ask: async () => await context().bind(proxy).seen() }, url);
  await using front = await connect(Front, server.url);
  await assert.rejects(within(front, { timeout: 100 }).ask(), { code: "DEADLINE_EXCEEDED" });
  const controller = new AbortController();
  const cancelled = within(front, { signal: controller.signal }).ask();
  controller.abort();
  await assert.rejects(cancelled, { code: "CANCELLED" });
});

test("an interceptor that goes on from elsewhere loses neither time nor trace nor cancelling", async () => {
  const Slow = defineInterface("Slow", { wait: method<() => { metadata: Metadata; remaining: number }>() });
  const held: (() => void)[] = [];
  let over = false;
  const turn = (): void => {
    held.shift()?.();
    if (!over) setImmediate(turn);
  };
  // It runs outside of every upcall, and so do the calls that it lets go on.
  setImmediate(turn);
  const queued: Interceptor = (_call, next) =>
    new Promise((resolve, reject) => held.push(() => void next().then(resolve, reject)));
  let begin: (seen: { metadata: Metadata; remaining: number }) => void = () => {};
  const begun = new Promise<{ metadata: Metadata; remaining: number }>((resolve) => {
    begin = resolve;
  });
  let cancel: () => void = () => {};
  const cancelled = new Promise<void>((resolve) => {
    cancel = resolve;
  });
  const wait = async () => {
    const { signal, metadata, remaining } = context();
    begin({ metadata: { ...metadata }, remaining });
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    cancel();
    return { metadata, remaining };
  };
  await using behind = await serve(Slow, { wait }, url);
  await using proxy = await connect(Slow, behind.url, { interceptors: [queued] });
  const ask = async () => {
    await Promise.resolve();
    return await proxy.wait();
  };
  await using server = await serve(Front, { ask }, url, { ambient: true });
  await using front = await connect(Front, server.url);
  const controller = new AbortController();
  const terms = { timeout: 20_000, signal: controller.signal, metadata: { traceparent } };
  const asking = within(front, terms).ask();
  const said = await begun;
  assert.deepEqual(said.metadata, { traceparent });
  assert.ok(said.remaining < 20_010, `${said.remaining}`);
  controller.abort();
  await assert.rejects(asking, { code: "CANCELLED" });
  await cancelled;
  over = true;
});
