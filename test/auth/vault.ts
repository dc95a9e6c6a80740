// What the tests of doors serve: an object that says who it was called by.

import { context, defineInterface, method, Skeleton } from "upcall";

export const Vault = defineInterface("Vault", {
  who: method<() => unknown>(),
  take: method<(what: string) => string>(),
  /** Until it is cancelled. */
  wait: method<() => void>({ timeout: 3_600_000 }),
});

/** One that the plain wire can carry. */
export const Plain = defineInterface("Plain", { f: method<(text: string) => string>() });

export class RealVault extends Skeleton(Vault) {
  who(): unknown {
    return context().identity;
  }

  take(what: string): string {
    return what;
  }

  wait(): Promise<void> {
    const { signal } = context();
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
  }
}
