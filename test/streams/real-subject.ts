// The object behind that interface, as a module that workers load.

import { context, implement, UpcallError } from "upcall";
import { Channelled } from "./subject.ts";

const over: Set<string> = new Set();
const waiting: Map<string, () => void> = new Map();

function remember(name: string): void {
  over.add(name);
  waiting.get(name)?.();
}

export default implement(Channelled, {
  async *count(most: number, name: string) {
    try {
      for (let index = 0; index < most; index++) yield index;
    } finally {
      remember(name);
    }
  },

  async sum(items) {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  },

  async *double(items, name: string) {
    try {
      for await (const item of items) yield item * 2;
    } finally {
      remember(name);
    }
  },

  async *large(count: number, length: number) {
    for (let index = 0; index < count; index++) yield new Uint8Array(length).fill(index);
  },

  async *fails() {
    yield 1;
    throw new UpcallError("DATA_LOSS", "there is no second one");
  },

  async *checked(items) {
    for await (const item of items) yield item === 50 ? 0.5 : item;
  },

  readable() {
    return new ReadableStream<number>({
      start(controller) {
        for (const item of [1, 2, 3]) controller.enqueue(item);
        controller.close();
      },
    });
  },

  async *silent(name: string) {
    const { signal } = context();
    try {
      yield 1;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    } finally {
      remember(name);
    }
  },

  exit() {
    process.exit(3);
  },

  ended(name: string) {
    return new Promise<string>((resolve) => {
      if (over.has(name)) resolve(name);
      else waiting.set(name, () => resolve(name));
    });
  },
});
