// Loaded by workers, and served inline by the same suite.
import { appendFileSync } from "node:fs";
import { threadId } from "node:worker_threads";
import { context, Skeleton, UpcallError } from "upcall";
import { Subject } from "./subject.ts";

export default class RealSubject extends Skeleton(Subject) {
  #count = 0;

  request(data: string): string {
    return Array.from(data).reverse().join("");
  }

  where(): { pid: number; thread: number } {
    return { pid: process.pid, thread: threadId };
  }

  async later(ms: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return "later";
  }

  /** Never gives the thread back before `ms` milliseconds of its time are over. */
  spin(ms: number): string {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return "spun";
  }

  exit(code: number): void {
    process.exit(code);
  }

  throws(): never {
    throw new UpcallError("NOT_FOUND", "there is nothing here");
  }

  async untilAborted(): Promise<string> {
    const { signal } = context();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return "aborted";
  }

  async never(): Promise<void> {
    await new Promise(() => {});
  }

  echo(value: unknown): unknown {
    return value;
  }

  peer(): string {
    return context().peer.toString();
  }

  /** How many calls of it this object has seen. */
  count(): number {
    return ++this.#count;
  }

  /** A trace that outlives the worker. */
  append(file: string, text: string): void {
    appendFileSync(file, text);
  }

  appendSoon(file: string, text: string): void {
    appendFileSync(file, text);
  }

  sized(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }

  /** Throws where nobody can catch it. */
  async crash(): Promise<void> {
    setImmediate(() => {
      throw new Error("nobody catches this");
    });
    await new Promise(() => {});
  }

  /** Fills the heap until there is no more. */
  fill(): void {
    const kept: number[][] = [];
    for (;;) kept.push(Array.from({ length: 100_000 }, (_, i) => i + kept.length + 0.5));
  }

  bytes(data: Uint8Array): Uint8Array {
    return data.toReversed();
  }
}
