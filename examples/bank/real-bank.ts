// The real objects: they know nothing of upcall but the error by which they choose a code.
import { UpcallError } from "upcall";

class RealAccount {
  #amount = 0;

  deposit(amount: number): number {
    this.#amount += amount;
    return this.#amount;
  }

  balance(): number {
    return this.#amount;
  }
}

/** An account of this bank or of another one: its caller need not know. */
interface AnyAccount {
  deposit(amount: number): number | PromiseLike<number>;
}

export class RealBank {
  readonly #accounts: Map<string, RealAccount> = new Map();

  open(name: string): RealAccount {
    if (name === "") throw new UpcallError("INVALID_ARGUMENT", "an account needs a name");
    const account = this.#accounts.get(name) ?? new RealAccount();
    this.#accounts.set(name, account);
    return account;
  }

  async transfer(from: AnyAccount, to: AnyAccount, amount: number): Promise<void> {
    await from.deposit(-amount);
    await to.deposit(amount);
  }
}
