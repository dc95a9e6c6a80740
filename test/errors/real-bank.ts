// The bank, as a module that workers load.

import { implement, UpcallError } from "upcall";
import { Bank, Elsewhere, Enough, Everything, Frozen, InsufficientFunds, NoSuchAccount } from "./subject.ts";

/** An error of the language, with a cause of its own. */
function unlucky(): TypeError {
  return new TypeError("no luck at /srv/secret", { cause: new RangeError("a deeper secret") });
}

const thrown: Readonly<Record<string, () => unknown>> = {
  undeclared: unlucky,
  null: () => null,
  own: () => new UpcallError("NOT_FOUND", "there is no account 7"),
  elsewhere: () => new Elsewhere("thrown far from home", { secret: "the combination" }),
  caused: () =>
    new UpcallError("ABORTED", "outer", {
      cause: new UpcallError("DATA_LOSS", "inner", { cause: new NoSuchAccount("x") }),
    }),
  hidden: () => new UpcallError("ABORTED", "outer", { cause: unlucky() }),
  several: () => new AggregateError([new NoSuchAccount("x"), unlucky(), new UpcallError("ABORTED", "two")], "secrets"),
  together: () =>
    new UpcallError("ABORTED", "outer", {
      cause: new AggregateError([new NoSuchAccount("x"), new UpcallError("ABORTED", "two")], "both failed"),
    }),
  misfit: () => Object.assign(new Frozen("frozen", "2026-11-24"), { data: "not a day" }),
  frozen: () => new Frozen("frozen until then", "2026-11-24"),
};

function fail(how: string): never {
  throw thrown[how]?.();
}

export default implement(Bank, {
  withdraw(account, amount) {
    if (account !== "anna") throw new NoSuchAccount(account);
    if (amount > 100) throw new InsufficientFunds("too little is there", { missing: amount - 100 });
    return 100 - amount;
  },

  fail,

  carry(value) {
    throw new Everything("with all of it", value);
  },

  async *history(how) {
    yield 1;
    yield 2;
    if (how === "short") throw new InsufficientFunds("no more", { missing: 3 });
    fail(how);
  },

  async pay(parts) {
    let sum = 0;
    for await (const part of parts) sum += part;
    return sum;
  },

  async each(tell) {
    try {
      for (let index = 0; ; index++) await tell(index);
    } catch (error) {
      if (error instanceof Enough) return `enough after ${error.data.after}`;
      throw error;
    }
  },

  silent: fail,
});
