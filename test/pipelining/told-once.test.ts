// Pipelining and unhandled rejections: the promise of a reference whose call fails is told once, and not again as a
// rejection that ends the process.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  close,
  connect,
  context,
  defineInterface,
  type Interceptor,
  method,
  type ProxyOf,
  reference,
  serve,
  UpcallError,
  within,
} from "upcall";

const Account = defineInterface("Account", { deposit: method<(amount: number) => number>() });
const Bank = defineInterface("Bank", {
  open: method({ args: [], returns: reference(() => Account) }),
  branch: method({ args: [], returns: reference((): typeof Bank => Bank) }),
});
const none = () => {
  throw new UpcallError("NOT_FOUND", "nobody has this name");
};

const passOn: Interceptor = async (_call, next) => await next();

const ways: readonly [string, (bank: ProxyOf<typeof Bank>) => Promise<unknown>][] = [
  ["a call", (bank) => bank.open().deposit(5)],
  ["within()", (bank) => within(bank.open(), { timeout: 60_000 }).deposit(5)],
  ["within() twice", (bank) => within(within(bank.open(), { timeout: 60_000 }), {}).deposit(5)],
  ["bind()", (bank) => new Binding(bank).made],
  ["close()", (bank) => close(bank.open())],
  ["asyncDispose", (bank) => (bank.open() as unknown as AsyncDisposable)[Symbol.asyncDispose]() as Promise<unknown>],
  ["a method that was taken off", (bank) => taken(bank)],
];

/** bind() is a matter of an upcall. */
class Binding {
  readonly made: Promise<unknown>;

  constructor(bank: ProxyOf<typeof Bank>) {
    const Inner = defineInterface("Inner", { go: method<() => unknown>() });
    const go = () => context().bind(bank.open()).deposit(5);
    this.made = (async () => {
      await using server = await serve(Inner, { go }, "memory:told-inner");
      await using inner = await connect(Inner, server.url);
      await inner.go();
    })();
  }
}

function taken(bank: ProxyOf<typeof Bank>): Promise<unknown> {
  const { deposit } = bank.open();
  return deposit(5);
}

for (const [how, way] of ways) {
  for (const url of ["memory:told-once", "tcp://localhost:0"]) {
    for (const interceptors of [[], [passOn]]) {
      const through = interceptors.length > 0 ? ", through an interceptor" : "";
      test(`${how} over ${url.split(":")[0]}${through} tells the error of the promise once`, async () => {
        await using server = await serve(Bank, { open: none, branch: none }, url);
        await using bank = await connect(Bank, server.url, { interceptors });
        await assert.rejects(way(bank), { code: "NOT_FOUND" });
        // The test runner fails a test in which a rejection stays unhandled.
        await turn();
      });
    }
  }
}

test("a promise that nobody did anything with still tells its error, and ends its process", () => {
  const program = `
    import { connect, defineInterface, method, reference, serve } from "upcall";
    const Account = defineInterface("Account", { deposit: method() });
    const Bank = defineInterface("Bank", { open: method({ args: [], returns: reference(() => Account) }) });
    await serve(Bank, { open() { throw new Error("nobody"); } }, "memory:bank");
    (await connect(Bank, "memory:bank")).open();
  `;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /code: 'UNKNOWN'/);
});
