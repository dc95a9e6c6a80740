// The objects behind the interfaces, full of traps.

import { parentPort, threadId } from "node:worker_threads";
import { context, type Implementation, implement, keep, UpcallError } from "upcall";
import { confidential, secret } from "./guards.ts";
import { Target } from "./target.ts";
import { trap } from "./traps.ts";

type Watcher = (index: number) => PromiseLike<number>;

/** Functions of callers that are kept at most: they are the callers' to give back. */
const mostKept = 8_192;

class RealAccount {
  amount = 0;

  deposit(amount: number): number {
    this.amount += amount;
    return this.amount;
  }

  wait(): Promise<void> {
    return untilAborted();
  }
}

export class RealTarget implements Implementation<typeof Target> {
  readonly #accounts: Map<string, RealAccount> = new Map();
  #watchers: unknown[] = [];

  reverse(text: string): string {
    return reversed(text);
  }

  echo(value: unknown): unknown {
    return value;
  }

  wait(): Promise<void> {
    return untilAborted();
  }

  note(): void {}

  open(name: string): RealAccount {
    if (name === "new") return new RealAccount();
    const account = this.#accounts.get(name) ?? new RealAccount();
    this.#accounts.set(name, account);
    return account;
  }

  async openLater(): Promise<RealAccount> {
    await untilAborted();
    return new RealAccount();
  }

  back<T>(account: T): T {
    return account;
  }

  watch(call: Watcher): void {
    this.#watchers.push(keep(call));
    if (this.#watchers.length > mostKept) this.#watchers = [];
  }

  async ask(call: Watcher): Promise<number> {
    return await call(1);
  }

  odd(what: string): RealAccount {
    return this.oddValue(what) as RealAccount;
  }

  oddValue(what: string): unknown {
    if (what === "process") return process;
    if (what === "itself") return this;
    if (what === "global") return globalThis;
    if (what === "function") return () => this;
    return Symbol(what);
  }

  async *count(most: number): AsyncGenerator<number> {
    for (let index = 0; index < most; index++) yield index;
  }

  async *large(count: number): AsyncGenerator<Uint8Array> {
    const item = new Uint8Array(64 * 1024);
    for (let index = 0; index < count; index++) yield item;
  }

  async sum(items: AsyncIterable<number>): Promise<number> {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  }

  async ignore(): Promise<number> {
    await untilAborted();
    return 0;
  }

  throws(what: string): void {
    if (what === "null") throw null;
    if (what === "nothing") throw undefined;
    if (what === "a text") throw "a text";
    if (what === "a promise") throw Promise.resolve();
    if (what === "something without a text") throw Object.create(null);
    if (what === "a getter that throws") throw new Hostile();
    if (what === "an error") throw new Error(`${secret} is no ${confidential}`);
    throw new UpcallError("ABORTED", what);
  }

  block(ms: number): string {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return `${process.pid} ${threadId}`;
  }

  post(times: number): void {
    const odd = ["ready", null, 7, { ready: true }, { message: "x" }, { cmd: "NODE_HANDLE" }];
    // The caller may be a fuzzer, and say any number.
    for (let i = 0; i < Math.min(times, 1_000); i++) {
      const message = odd[i % odd.length];
      if (parentPort !== null) parentPort.postMessage(message);
      else process.send?.(message);
    }
  }

  exit(): void {
    process.exit(3);
  }

  die(signal: string): void {
    process.kill(process.pid, signal);
  }

  fill(step: number): void {
    const kept: number[][] = [];
    for (;;) kept.push(Array.from({ length: step }, () => kept.length + 0.5));
  }
}

trap(RealAccount.prototype, "account");
trap(RealTarget.prototype, "target");

/** An error of which nothing can be asked. */
class Hostile extends Error {
  override get message(): string {
    throw new Error("no message");
  }

  override get stack(): string {
    throw new Error("no stack");
  }

  get code(): string {
    throw new Error("no code");
  }
}

export function reversed(text: string): string {
  return Array.from(text).reverse().join("");
}

function untilAborted(): Promise<void> {
  const { signal } = context();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** As workers load it. */
export default implement(Target, new RealTarget());
