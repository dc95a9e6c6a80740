// Workers: two numbers that a worker writes before it enters user code, where its owner can read them even while the
// worker is stuck or dead. A thread shares memory; a process shares a file that has no name any more.
//
//   0                  8                  16
//   +------------------+------------------+    started: the id of the last call that was started
//   | started (f64)    | until (f64)      |    until:   when the upcall that runs now must be over, in milliseconds of
//   +------------------+------------------+             the machine's monotonic clock; 0 while none runs

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Marks {
  readonly started: number;
  readonly until: number;
  /** The worker enters user code. */
  begin(call: number, until: number): void;
  /** The worker is out of it again, though what it called may still be waiting for something. */
  finish(): void;
}

const length = 16;

/** Milliseconds on a clock that all processes of this machine share and that never steps. */
export function machineTime(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** Marks in memory that threads share. There is one writer, and a stale reading is only a little old. */
export class SharedMarks implements Marks {
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

  begin(call: number, until: number): void {
    this.#numbers[0] = call;
    this.#numbers[1] = until;
  }

  finish(): void {
    this.#numbers[1] = 0;
  }
}

/** Marks in a file, for a process: two small writes to the page cache for each upcall. */
export class FileMarks implements Marks {
  readonly #fd: number;
  readonly #numbers: Float64Array = new Float64Array(2);
  readonly #bytes: Uint8Array = new Uint8Array(this.#numbers.buffer);

  /** @param fd open for reading and writing */
  constructor(fd: number) {
    this.#fd = fd;
  }

  get started(): number {
    return this.#read(0);
  }

  get until(): number {
    return this.#read(1);
  }

  begin(call: number, until: number): void {
    this.#numbers[0] = call;
    this.#numbers[1] = until;
    writeSync(this.#fd, this.#bytes, 0, length, 0);
  }

  finish(): void {
    this.#numbers[1] = 0;
    writeSync(this.#fd, this.#bytes, 8, 8, 8);
  }

  #read(index: 0 | 1): number {
    readSync(this.#fd, this.#bytes, 0, length, 0);
    return this.#numbers[index] ?? 0;
  }
}

/** A file for marks that only its open descriptors know. Close it with {@link closeMarks}. */
export function openMarks(): number {
  const folder = mkdtempSync(join(tmpdir(), "upcall-"));
  try {
    const fd = openSync(join(folder, "marks"), "wx+", 0o600);
    writeSync(fd, new Uint8Array(length), 0, length, 0);
    return fd;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function closeMarks(fd: number): void {
  closeSync(fd);
}
