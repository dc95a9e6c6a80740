// The interfaces that the tests of references and of pipelining share, and the objects behind them.

import { callback, context, defineInterface, keep, method, reference, type Schema, UpcallError } from "upcall";

/** A schema that takes what it gets. */
export function any<T>(): Schema<T> {
  return { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as T }) } };
}

export const Account = defineInterface("Account", {
  deposit: method<(amount: number) => number>(),
  balance: method<() => number>(),
  /** Settles when the object says so, or nobody waits for it any more. */
  wait: method<() => number>(),
  fail: method<() => void>(),
});

export const Bank = defineInterface("Bank", {
  /** The same account for the same name. */
  open: method({ args: [any<string>()], returns: reference(() => Account) }),
  /** Another account each time. */
  openNew: method({ args: [any<string>()], returns: reference(() => Account) }),
  /** The same as open, when the object says so. */
  openLater: method({ args: [any<string>()], returns: reference(() => Account) }),
  /** Throws. */
  openNone: method({ args: [any<string>()], returns: reference(() => Account) }),
  /** Whether both are this account itself. */
  same: method({
    args: [any<string>(), reference(() => Account), reference(() => Account)],
    returns: any<boolean>(),
  }),
  /** What is given comes home. */
  back: method({ args: [reference(() => Account)], returns: reference(() => Account) }),
  /** Deposits on an account of the caller's. */
  pay: method({ args: [reference(() => Account), any<number>()], returns: any<number>() }),
  /** Calls a function of the caller's so many times. */
  each: method({ args: [any<number>(), callback<(index: number) => number>()], returns: any<number>() }),
  /** Keeps a function of the caller's. */
  watch: method({ args: [callback<(index: number) => number>()] }),
  /** Stores one, and does not keep it; gives what became of the one that was stored before. */
  hoard: method({ args: [callback<(index: number) => number>()], returns: any<string>() }),
  /** Calls those that were kept. */
  tell: method<(index: number) => number[]>(),
  tellLast: method<(index: number) => number>(),
  /** A function of the bank's. */
  counter: method({ args: [], returns: callback<() => number>() }),
  /** A bank of its own, and so on. */
  branch: method({ args: [any<string>()], returns: reference((): typeof Bank => Bank) }),
  /** The same, when the object says so. */
  branchLater: method({ args: [any<string>()], returns: reference((): typeof Bank => Bank) }),
  plain: method<(value: unknown) => unknown>(),
});

type Watcher = ((index: number) => Promise<number>) & AsyncDisposable;

export class RealAccount {
  amount = 0;
  /** Lets the calls of `wait` that came so far return. */
  readonly release: (() => void)[] = [];
  readonly signals: AbortSignal[] = [];

  deposit(amount: number): number {
    this.amount += amount;
    return this.amount;
  }

  balance(): number {
    return this.amount;
  }

  wait(): Promise<number> {
    const { signal } = context();
    this.signals.push(signal);
    return new Promise((resolve) => {
      const release = (): void => resolve(this.amount);
      this.release.push(release);
      signal.addEventListener("abort", release);
    });
  }

  fail(): never {
    throw new UpcallError("FAILED_PRECONDITION", "there is no money");
  }
}

interface AnyAccount {
  deposit(amount: number): number | PromiseLike<number>;
}

export class RealBank {
  readonly accounts: Map<string, RealAccount> = new Map();
  readonly branches: Map<string, RealBank> = new Map();
  readonly watchers: Watcher[] = [];
  /** Lets the calls of `openLater` that came so far return, or fail. */
  readonly later: { name: string; settle: (error?: unknown) => void }[] = [];
  hoarded: Watcher | null = null;
  count = 0;
  /** What `open` returns instead of an account. */
  odd: { readonly account: unknown } | null = null;

  open(name: string): RealAccount {
    if (this.odd !== null) return this.odd.account as RealAccount;
    const account = this.accounts.get(name) ?? new RealAccount();
    this.accounts.set(name, account);
    return account;
  }

  openNew(_name: string): RealAccount {
    return new RealAccount();
  }

  openLater(name: string): Promise<RealAccount> {
    return new Promise((resolve, reject) => {
      this.later.push({ name, settle: (error) => (error === undefined ? resolve(this.open(name)) : reject(error)) });
    });
  }

  openNone(name: string): never {
    throw new UpcallError("NOT_FOUND", `there is no account ${name}`);
  }

  same(name: string, one: unknown, other: unknown): boolean {
    return one === this.accounts.get(name) && other === one;
  }

  back<T>(account: T): T {
    return account;
  }

  async pay(account: AnyAccount, amount: number): Promise<number> {
    return await account.deposit(amount);
  }

  async each(count: number, call: Watcher): Promise<number> {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += await call(i);
    await call[Symbol.asyncDispose]();
    return sum;
  }

  watch(call: Watcher): void {
    this.watchers.push(keep(call));
  }

  async hoard(call: Watcher): Promise<string> {
    const before = this.hoarded;
    this.hoarded = call;
    await call(0);
    if (before === null) return "nothing";
    return await before(1).then(String, ({ reason, outcome }: UpcallError) => `${reason} ${outcome}`);
  }

  async tell(index: number): Promise<number[]> {
    return await Promise.all(this.watchers.map((call) => call(index)));
  }

  async tellLast(index: number): Promise<number> {
    return (await this.watchers.at(-1)?.(index)) ?? -1;
  }

  counter(): () => number {
    return () => ++this.count;
  }

  branch(name: string): RealBank {
    const branch = this.branches.get(name) ?? new RealBank();
    this.branches.set(name, branch);
    return branch;
  }

  branchLater(name: string): Promise<RealBank> {
    return new Promise((resolve, reject) => {
      this.later.push({ name, settle: (error) => (error === undefined ? resolve(this.branch(name)) : reject(error)) });
    });
  }

  plain(value: unknown): unknown {
    return value;
  }
}
