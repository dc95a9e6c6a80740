// A reporter of Node's test runner: how long each test file took, the longest first. scripts/test.mjs has it write
// build/test-times.txt, which says where the minutes of a run went.
import { relative } from "node:path";

/** @param {AsyncIterable<{ type: string, data: any }>} source */
export default async function* times(source) {
  /** @type {Map<string, number>} */
  const seconds = new Map();
  for await (const { type, data } of source) {
    if ((type !== "test:pass" && type !== "test:fail") || data.nesting !== 0 || data.file === undefined) continue;
    seconds.set(data.file, (seconds.get(data.file) ?? 0) + data.details.duration_ms / 1000);
  }
  const slowest = Array.from(seconds).sort(([, one], [, other]) => other - one);
  for (const [file, took] of slowest) yield `${took.toFixed(1).padStart(7)} s  ${relative(process.cwd(), file)}\n`;
}
