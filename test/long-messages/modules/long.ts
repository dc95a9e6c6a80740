// Loaded by workers, and served inline by the same suite.
import { Skeleton } from "upcall";
import { Long, sum } from "../long-subject.ts";

export default class RealLong extends Skeleton(Long) {
  readonly #kept: (readonly [Uint8Array, number])[] = [];

  small(text: string): string {
    return text;
  }

  keep(bytes: Uint8Array): { sum: number; unchanged: boolean } {
    const unchanged = this.#kept.every(([kept, before]) => sum(kept) === before);
    this.#kept.push([bytes, sum(bytes)]);
    return { sum: sum(bytes), unchanged };
  }

  async borrow(bytes: Uint8Array): Promise<readonly [number, number]> {
    const before = sum(bytes);
    await new Promise((resolve) => setImmediate(resolve));
    return [before, sum(bytes)];
  }

  turned(bytes: Uint8Array): Uint8Array {
    return bytes.reverse();
  }
}
