// The formal interfaces of the bank, shared by both sides: accounts travel by reference.
import { defineInterface, method, reference, type Schema } from "upcall";

/** By hand, as any library that speaks Standard Schema makes one. */
function schema<T>(name: string, is: (value: unknown) => value is T): Schema<T> {
  return {
    "~standard": {
      version: 1,
      vendor: "example",
      validate: (value) => (is(value) ? { value } : { issues: [{ message: `it must be a ${name}` }] }),
    },
  };
}

const text = schema("text", (value) => typeof value === "string");
const number = schema("number", (value) => typeof value === "number");

export const Account = defineInterface("Account", {
  deposit: method<(amount: number) => number>(),
  balance: method<() => number>(),
});

export const Bank = defineInterface("Bank", {
  open: method({ args: [text], returns: reference(() => Account) }),
  transfer: method({ args: [reference(() => Account), reference(() => Account), number] }),
});
