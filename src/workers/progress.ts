// Workers: two numbers that a worker writes before it enters user code, where its owner can read them even while the
// worker is stuck or dead. A thread shares memory; a process shares a file that has no name any more.
//
//   0                  8                  16
//   +------------------+------------------+    started: in a pool, the last call id that was started
//   | started (f64)    | until (f64)      |    until:   alone, when the upcall that runs now must be over, in
//   +------------------+------------------+             milliseconds of machineTime; 0 while none runs

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Progress {
  readonly started: number;
  readonly until: number;
  /** The worker begins this call, and has begun all before it. */
  start(call: number): void;
  /** The worker enters user code, which must be over at this time. */
  enter(until: number): void;
  /** The worker is out of user code again, though what it called may still be waiting for something. */
  leave(): void;
}

const length = 16;

/** Between this thread's own clock and the machine's; neither ever steps, so it stays the same. */
const sinceBoot = closest(Array.from({ length: 8 }, difference));

/**
 * One reading of both, and how much may have passed between: a thread that loses the processor there loses a time
 * slice.
 */
function difference(): { readonly ms: number; readonly within: number } {
  const before = performance.now();
  const machine = Number(process.hrtime.bigint() / 1_000n) / 1_000;
  return { ms: machine - before, within: performance.now() - before };
}

function closest(readings: readonly { readonly ms: number; readonly within: number }[]): number {
  return readings.toSorted((one, other) => one.within - other.within)[0]?.ms ?? 0;
}

/** Milliseconds on a clock that all processes of this machine share and that never steps. */
export function machineTime(): number {
  return performance.now() + sinceBoot;
}

/** A time on this thread's own clock, which is the system's (clock.ts), on the machine's. */
export function onMachine(time: number): number {
  return time + sinceBoot;
}

/** The reverse. */
export function onThread(time: number): number {
  return time - sinceBoot;
}

/** Whether call ids, which go round at 2^32, have come as far as `id` when they are at `started`. */
export function reached(started: number, id: number): boolean {
  return (started - id) >>> 0 < 2 ** 31;
}

/** Marks in memory that threads share. There is one writer, and a stale reading is only a little old. */
export class SharedProgress implements Progress {
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(length)) {
    this.memory = memory;
    this.#numbers = new Float64Array(memory);
  }

  get started(): number {
    return this.#numbers[0] ?? 0;
  }

  get until(): number {
    return this.#numbers[1] ?? 0;
  }

  start(call: number): void {
    this.#numbers[0] = call;
  }

  enter(until: number): void {
    this.#numbers[1] = until;
  }

  leave(): void {
    this.#numbers[1] = 0;
  }
}

/** Marks in a file, for a process: small writes to the page cache, which outlive the process that wrote them. */
export class FileProgress implements Progress {
  /** Open for reading and writing. */
  readonly fd: number;
  readonly #numbers: Float64Array = new Float64Array(2);
  readonly #bytes: Uint8Array = new Uint8Array(this.#numbers.buffer);
  #open = true;
  #first: (() => void) | null;

  /** @param first called once, before the first upcall */
  constructor(fd: number, first: (() => void) | null = null) {
    this.fd = fd;
    this.#first = first;
  }

  /** In a file of its own that only its open descriptors know. @throws the errors of the system */
  static create(): FileProgress {
    const folder = mkdtempSync(join(tmpdir(), "upcall-"));
    try {
      const progress = new FileProgress(openSync(join(folder, "marks"), "wx+", 0o600));
      writeSync(progress.fd, progress.#bytes, 0, length, 0);
      return progress;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  get started(): number {
    return this.#read(0);
  }

  get until(): number {
    return this.#read(1);
  }

  start(call: number): void {
    if (this.#first !== null) this.#begin();
    this.#numbers[0] = call;
    writeSync(this.fd, this.#bytes, 0, 8, 0);
  }

  enter(until: number): void {
    if (this.#first !== null) this.#begin();
    this.#numbers[1] = until;
    writeSync(this.fd, this.#bytes, 8, 8, 8);
  }

  leave(): void {
    this.enter(0);
  }

  /** The worker is gone: the descriptor is given back, and what was written last stays to be read. */
  close(): void {
    if (!this.#open) return;
    this.#read(0);
    this.#open = false;
    closeSync(this.fd);
  }

  #begin(): void {
    const first = this.#first;
    this.#first = null;
    first?.();
  }

  #read(index: 0 | 1): number {
    if (this.#open) readSync(this.fd, this.#bytes, 0, length, 0);
    return this.#numbers[index] ?? 0;
  }
}
