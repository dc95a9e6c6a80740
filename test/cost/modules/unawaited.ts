// Run in a process of its own, with --expose-gc: `unawaited.js URL COUNT` makes so many calls in one turn and awaits none.
import { open, UpcallError } from "upcall";
import { Subject, text } from "./subject.ts";

/** What the test is sent. */
export interface Unawaited {
  /** Bytes of heap and of buffers more than before, with all calls made and none settled; and when all were. */
  readonly held: number;
  readonly after: number;
  /** How many were refused, and how many got their reply. */
  readonly busy: number;
  readonly replies: number;
}

const [url = "", count = "0"] = process.argv.slice(2);

function used(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const connection = await open(url);
const proxy = connection.proxy(Subject);
await proxy.echo(text);
let busy = 0;
let replies = 0;
let left = Number(count);
let settled: () => void = () => {};
const all = new Promise<void>((resolve) => {
  settled = resolve;
});
function done(): void {
  if (--left === 0) settled();
}
function replied(): void {
  replies++;
  done();
}
function refused(error: unknown): void {
  if (error instanceof UpcallError && error.reason === "BUSY" && error.outcome === "not-executed") busy++;
  done();
}
const before = used();
for (let i = 0; i < Number(count); i++) proxy.echo(text).then(replied, refused);
const held = used() - before;
await all;
const after = used() - before;
process.send?.({ held, after, busy, replies } satisfies Unawaited);
