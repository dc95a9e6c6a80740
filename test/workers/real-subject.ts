// Loaded by workers, and served inline by the same suite.
import { threadId } from "node:worker_threads";
import { context, Skeleton, UpcallError } from "upcall";
import { Subject } from "./subject.ts";

export default class RealSubject extends Skeleton(Subject) {
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

  bytes(data: Uint8Array): Uint8Array {
    return data.toReversed();
  }
}
