// Run in a process of its own, with --expose-gc: caller and callee in one process over memory:, so that what is counted
// is a whole call, both sides of it, and nothing else. Sends one message: the counts.
import { promiseHooks, setFlagsFromString } from "node:v8";

// Before the product is loaded: it may keep what it finds.
let timers = 0;
for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
  const original = globalThis[name] as (...args: unknown[]) => unknown;
  const counted = (...args: unknown[]): unknown => {
    timers++;
    return original(...args);
  };
  Object.defineProperty(globalThis, name, { value: counted, configurable: true, writable: true });
}
const { close, open, serve } = await import("upcall");
const { many, object, Subject, text } = await import("./subject.ts");

/** What the test is sent. */
export interface Counts {
  readonly calls: number;
  readonly bytesPerCall: number;
  readonly timers: number;
  readonly promises: number;
  readonly callerFrames: number;
  readonly calleeFrames: number;
  readonly callerWrites: number;
  readonly calleeWrites: number;
  readonly turns: number;
}

const inFlight = 64;
const server = await serve([object()], "memory:cost", { limits: many });
const connection = await open("memory:cost", { limits: many });
const proxy = connection.proxy(Subject);

/** So many calls in one turn of the event loop; replies come in order, so the last one is waited for. */
async function turn(): Promise<void> {
  let last: Promise<string> = proxy.echo(text);
  for (let call = 1; call < inFlight; call++) last = proxy.echo(text);
  if ((await last) !== text) throw new Error("a reply is not what it should be");
}

async function turns(count: number): Promise<void> {
  for (let each = 0; each < count; each++) await turn();
}

/** Bytes that `count` turns leave behind, which is all that they allocated; null where some was collected meanwhile. */
async function allocated(count: number): Promise<number | null> {
  globalThis.gc?.();
  const first = held();
  let last = first;
  for (let each = 0; each < count; each++) {
    await turn();
    const now = held();
    if (now < last) return null;
    last = now;
  }
  return last - first;
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const warm = 3_000;
const slice = 160;
const slices = 10;
await turns(warm);
// From here on nothing is compiled anew, so that the compiler's own memory is not counted.
setFlagsFromString("--no-opt");
await turns(100);
const samples: number[] = [];
for (let each = 0; each < slices; each++) {
  const bytes = await allocated(slice);
  if (bytes !== null) samples.push(bytes);
}
samples.sort((one, other) => one - other);

const calls = slice * inFlight;
const before = { timers, caller: connection.counters(), callee: server.counters() };
await turns(slice);
const after = { timers, caller: connection.counters(), callee: server.counters() };

let promises = 0;
const stop = promiseHooks.onInit(() => {
  promises++;
}) as () => void;
await turn();
stop();

const counts: Counts = {
  calls,
  bytesPerCall: (samples[samples.length >> 1] ?? 0) / calls,
  timers: after.timers - before.timers,
  promises,
  callerFrames: after.caller.framesSent - before.caller.framesSent,
  calleeFrames: after.callee.framesSent - before.callee.framesSent,
  callerWrites: after.caller.writes - before.caller.writes,
  calleeWrites: after.callee.writes - before.callee.writes,
  turns: slice,
};
process.send?.(counts);
await close(proxy);
await connection.close();
await server.close();
