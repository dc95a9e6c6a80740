// Property tests of references: any interleaving of calls, references both ways, pipelining, closing, cancelling,
// deadlines and a cut connection. Every promise settles, and every table is empty.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProxyOf } from "upcall";
import { close, within } from "upcall";
import { fc } from "../harness/properties.ts";
import { ofTier } from "../harness/tier.ts";
import type { Account } from "./bank.ts";
import { RealAccount } from "./bank.ts";
import { BankPair, nothingHeld, nothingLeft } from "./pair.ts";

const numRuns = ofTier({ quick: 30, gate: 100, all: 1_000 });

type AccountProxy = ProxyOf<typeof Account>;

const index = fc.nat({ max: 9 });
const step = fc.oneof(
  fc.record({ do: fc.constantFrom("open", "openLater", "openNone", "pipe", "pipeLater", "branch", "counter"), index }),
  fc.record({ do: fc.constantFrom("deposit", "wait", "fail", "back", "pay", "watch", "each", "tell"), index }),
  fc.record({ do: fc.constantFrom("close", "letGo", "abort", "settleLater", "release", "turn", "ms"), index }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Everything that one run does, and what it has to look after. */
class Run {
  readonly pair: BankPair;
  readonly accounts: AccountProxy[] = [];
  readonly own: RealAccount[] = [new RealAccount(), new RealAccount()];
  readonly closing: Promise<void>[] = [];
  readonly closed: Set<AccountProxy> = new Set();
  #control = new AbortController();
  #open = 0;

  constructor(pair: BankPair) {
    this.pair = pair;
  }

  /** Promises that have not settled. */
  get open(): number {
    return this.#open;
  }

  follow<T>(promise: Promise<T>, taken: (value: T) => void = () => {}): void {
    this.#open++;
    promise.then(
      (value) => {
        this.#open--;
        taken(value);
      },
      () => {
        this.#open--;
      },
    );
  }

  async take({ do: what, index: at }: Step): Promise<void> {
    const { pair, accounts } = this;
    const { signal } = this.#control;
    const bank = at % 3 === 0 ? within(pair.bank, { signal, timeout: 20 + at * 10 }) : pair.bank;
    const account = accounts.length === 0 ? undefined : accounts[at % accounts.length];
    const mine = this.own[at % this.own.length] as RealAccount;
    const keep = (proxy: AccountProxy): void => void accounts.push(proxy);
    switch (what) {
      case "open":
        return this.follow(bank.open(`a${at % 3}`), keep);
      case "openLater":
        return this.follow(bank.openLater(`a${at % 3}`), keep);
      case "openNone":
        return this.follow(bank.openNone("x"));
      case "pipe":
        return this.follow(
          bank
            .branch("b")
            .open(`a${at % 3}`)
            .deposit(1),
        );
      case "pipeLater":
        return this.follow(bank.openLater("x").deposit(1));
      case "branch":
        return this.follow(bank.branch("b"), (branch) => void this.closing.push(close(branch)));
      case "counter":
        return this.follow(bank.counter(), (count) => {
          this.follow(count());
          this.closing.push(close(count));
        });
      case "deposit":
        if (account !== undefined) this.follow(account.deposit(1));
        return;
      case "wait":
        if (account !== undefined) this.follow(within(account, { signal, timeout: 100 }).wait());
        return;
      case "fail":
        if (account !== undefined) this.follow(account.fail());
        return;
      case "back":
        return this.follow(bank.back(account ?? mine), (same) => {
          // One that was closed meanwhile is another proxy.
          if (account !== undefined && this.closed.has(account)) this.accounts.push(same);
          else assert.equal(same, account ?? mine);
        });
      case "pay":
        return this.follow(bank.pay(at % 2 === 0 ? mine : (account ?? mine), 1));
      case "watch":
        return this.follow(bank.watch((i) => i));
      case "each":
        return this.follow(bank.each(at, async () => await pair.bank.open("a1").deposit(1)));
      case "tell":
        return this.follow(bank.tell(1));
      case "close":
        if (account === undefined) return;
        this.closed.add(account);
        this.closing.push(close(account));
        return;
      case "letGo":
        for (const watcher of pair.real.watchers.splice(0)) this.closing.push(close(watcher));
        return;
      case "abort":
        this.#control.abort();
        this.#control = new AbortController();
        return;
      case "settleLater":
        return this.#settleLater(at);
      case "release":
        return this.#release();
      case "turn":
        return await pair.settle();
      case "ms":
        return await pair.clock.advance(at * 7);
    }
  }

  /** Lets everything that waits end, and closes everything that can be closed. */
  async end(): Promise<void> {
    const { pair } = this;
    await pair.settle();
    for (let round = 0; round < 3; round++) {
      for (const account of this.accounts) {
        this.closed.add(account);
        this.closing.push(close(account));
      }
      for (const watcher of pair.real.watchers.splice(0)) this.closing.push(close(watcher));
      this.#settleLater(1);
      this.#release();
      await pair.clock.advance(60_000);
    }
    await Promise.all(this.closing);
  }

  #settleLater(at: number): void {
    for (const { settle } of this.pair.real.later.splice(0)) settle(at % 4 === 0 ? new Error("not today") : undefined);
  }

  #release(): void {
    for (const bank of [this.pair.real, ...this.pair.real.branches.values()])
      for (const account of bank.accounts.values()) for (const one of account.release.splice(0)) one();
  }
}

const steps = fc.array(step, { minLength: 5, maxLength: 60 });
const segment = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined });

test("any order of what two sides do leaves every table empty", async () => {
  await fc.assert(
    fc.asyncProperty(steps, segment, segment, async (all, near, far) => {
      const pair = new BankPair({
        near: near === undefined ? {} : { segment: near },
        far: far === undefined ? {} : { segment: far },
        serverLimits: { running: 8, references: 12, pipelined: 4 },
      });
      const run = new Run(pair);
      for (const one of all) await run.take(one);
      await run.end();
      assert.equal(run.open, 0, "every promise settles");
      assert.deepEqual([pair.clientClosed, pair.serverClosed], [[], []], "nobody broke the protocol");
      // Results that were only called, and are given back when nobody has them, are all that may be left: what stands in
      // arguments is held no longer than its call, unless it was kept, and then it was closed.
      const { clientHolds = 0, serverObjects, counted, ...left } = pair.left;
      assert.equal(clientHolds, serverObjects);
      assert.equal(counted, clientHolds * 2);
      assert.deepEqual({ ...nothingLeft, ...left }, nothingLeft);
      await pair.get(pair.client.close());
      assert.deepEqual(pair.left, nothingLeft);
    }),
    { numRuns },
  );
});

test("any order of it on a connection that is cut at any byte leaves every table empty", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat({ max: 3000 }), fc.boolean(), async (all, cutAfter, nearly) => {
      const pair = new BankPair(nearly ? { near: { cutAfter } } : { far: { cutAfter } });
      const run = new Run(pair);
      for (const one of all) await run.take(one);
      pair.near.break();
      pair.far.break();
      await run.end();
      assert.equal(run.open, 0, "every promise settles");
      assert.equal(pair.clientClosed.length + pair.serverClosed.length, 2);
      assert.deepEqual(pair.held, nothingHeld);
      assert.deepEqual(pair.left, nothingLeft);
    }),
    { numRuns },
  );
});
