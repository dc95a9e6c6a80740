// Run in a process of its own, with --expose-gc: a caller with many calls that the callee, in another process, does not
// answer. Sends the bytes of heap of one of them.
import { open } from "upcall";
import { many, Subject } from "./subject.ts";

const [url = ""] = process.argv.slice(2);
const count = 16_000;
const connection = await open(url, { limits: many, timeout: 3_600_000 });
const proxy = connection.proxy(Subject);
/** Here before the heap is looked at, so that the array is not counted. */
const held: (Promise<string> | null)[] = Array.from({ length: count }, () => null);

async function inFlight(): Promise<void> {
  for (let call = 0; call < count; call++) held[call] = proxy.never();
  // The answer comes after the calls went out, so what they took on their way is free again.
  await connection.ping();
}

await connection.ping();
globalThis.gc?.();
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
await inFlight();
globalThis.gc?.();
globalThis.gc?.();
const after = process.memoryUsage().heapUsed;
process.send?.({ bytes: (after - before) / count, calls: held.length });
process.on("disconnect", () => process.exit(0));
