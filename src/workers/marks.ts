// Workers: a few numbers that a worker writes before it enters user code, where its owner can read them even while the
// worker is stuck or dead. A thread shares memory; a process shares a file that has no name any more.
//
//   0                  8                  16
//   +------------------+------------------+
//   | started (f64)    | until (f64)      |      started: the id of the last call that was started
//   +------------------+------------------+      until:   when the upcall that runs now must be over, in milliseconds
//                                                         of the machine's monotonic clock; 0 while none runs

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Marks {
  started: number;
  until: number;
}

const length = 16;

/** Milliseconds on a clock that all processes of this machine share and that never steps. */
export function machineTime(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** Marks in memory that threads share. A torn read would take two writes at once; there is one writer. */
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

  set started(id: number) {
    this.#numbers[0] = id;
  }

  get until(): number {
    return this.#numbers[1] ?? 0;
  }

  set until(time: number) {
    this.#numbers[1] = time;
  }
}

/** Marks in a file, for a process: one small write to the page cache for each upcall. */
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

  set started(id: number) {
    this.#write(0, id);
  }

  get until(): number {
    return this.#read(1);
  }

  set until(time: number) {
    this.#write(1, time);
  }

  #read(index: 0 | 1): number {
    readSync(this.#fd, this.#bytes, 0, length, 0);
    return this.#numbers[index] ?? 0;
  }

  #write(index: 0 | 1, value: number): void {
    this.#numbers[index] = value;
    writeSync(this.#fd, this.#bytes, 0, length, 0);
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
