// Memory that long messages leave is kept for the next ones, where the system's allocator can be told.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

/** Prints by how many bytes the allocator's heap is larger while there is an array of 16 MiB, and when it is gone. */
const program = `
  const { readFileSync } = await import("node:fs");
  const { keepMemory } = await import(process.argv[1]);
  const heap = () => {
    const [, from, to] = /^(\\w+)-(\\w+) .*\\[heap\\]$/m.exec(readFileSync("/proc/self/maps", "utf8"));
    return Number.parseInt(to, 16) - Number.parseInt(from, 16);
  };
  // A collection frees arrays in a thread of its own, which is done when the next one begins.
  const collect = () => {
    gc();
    gc();
  };
  if (process.argv[2] === "keep") keepMemory();
  collect();
  const before = heap();
  globalThis.array = new Uint8Array(16 * 1024 * 1024);
  const during = heap() - before;
  globalThis.array = null;
  collect();
  console.log(JSON.stringify({ during, after: heap() - before }));
`;

function heapOf(what: "keep" | "leave"): { during: number; after: number } {
  const { MALLOC_TRIM_THRESHOLD_: _, MALLOC_MMAP_THRESHOLD_: __, ...env } = process.env;
  const args = ["--expose-gc", "--input-type=module", "-e", program];
  const module = import.meta.resolve("#internal/transport/kept-memory.js");
  return JSON.parse(execFileSync(process.execPath, [...args, module, what], { encoding: "utf8", env }));
}

const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };

test("a process that was told makes long arrays in its heap and keeps that, where one that was not gives them pages of their own", {
  skip: header.glibcVersionRuntime === undefined && "only GNU's allocator is told",
}, () => {
  const length = 16 * 1024 * 1024;
  const told = heapOf("keep");
  // The heap may have had some free memory at its top before, by which it has to grow less.
  assert.ok(told.during > length / 2 && told.after > length / 2, JSON.stringify(told));
  const untold = heapOf("leave");
  assert.ok(untold.during < length / 2 && untold.after < length / 2, JSON.stringify(untold));
});
