// The formal interfaces of the bank, shared by both sides: accounts travel by reference.
import { data, defineInterface, method, reference } from "upcall";

export const Account = defineInterface("Account", {
  deposit: method<(amount: number) => number>(),
  balance: method<() => number>(),
});

export const Bank = defineInterface("Bank", {
  open: method({ args: [data<string>()], returns: reference(() => Account) }),
  transfer: method({ args: [reference(() => Account), reference(() => Account), data<number>()] }),
});
