// The interfaces and objects that the tests of calls share with the programs they start.

import { context, defineInterface, method, oneway, UpcallError } from "upcall";

export const Subject = defineInterface("Subject", {
  echo: method<(value: unknown) => unknown>(),
  reverse: method<(text: string) => string>(),
  fail: method<(what: string) => never>(),
  never: method<() => void>(),
  note: oneway<(text: string) => void>(),
  notes: method<() => string[]>(),
});

export const Accounts = defineInterface("Accounts", {
  deposit: method<(name: string, amount: bigint) => bigint>(),
});

export class RealSubject {
  readonly #notes: string[] = [];
  /** Told when never() was entered. */
  onNever: (signal: AbortSignal) => void = () => {};

  echo(value: unknown): unknown {
    return value;
  }

  reverse(text: string): string {
    return text.split("").toReversed().join("");
  }

  fail(what: string): never {
    if (what === "own") throw new UpcallError("NOT_FOUND", "there is no account 7");
    if (what === "null") throw null;
    throw new TypeError(`no ${what}`);
  }

  never(): Promise<void> {
    this.onNever(context().signal);
    return new Promise(() => {});
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  notes(): string[] {
    return this.#notes;
  }
}
