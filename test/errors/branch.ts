// Accounts that travel by reference, and their errors with them: the interfaces, and a module that workers load.

import { DeclaredError, data, defineInterface, implement, method, reference } from "upcall";

export class Overdrawn extends DeclaredError<{ readonly missing: number }>("Overdrawn") {}
export class Closed extends DeclaredError("Closed", { code: "UNAVAILABLE" }) {}

export const Account = defineInterface("Account", {
  take: method<(amount: number) => number>({ errors: [Overdrawn] }),
  break: method<() => void>(),
});

export const Branch = defineInterface("Branch", {
  open: method({ args: [data<string>()], returns: reference(() => Account), errors: [Closed] }),
});

/** Uses an account that is elsewhere. */
export const Clerk = defineInterface("Clerk", {
  take: method({ args: [reference(() => Account), data<number>()], returns: data<string>(), errors: [Overdrawn] }),
  break: method({ args: [reference(() => Account)] }),
});

export default implement(Branch, {
  open(name) {
    if (name === "") throw new Closed("nothing opens any more");
    return {
      take: (amount: number) => {
        if (amount > 100) throw new Overdrawn("too much", { missing: amount - 100 });
        return 100 - amount;
      },
      break: () => {
        throw new TypeError("a secret of the branch");
      },
    };
  },
});
