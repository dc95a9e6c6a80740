// An object in a worker that can be made to die, to hang, and to say where it is.
import { threadId } from "node:worker_threads";
import { callback, context, defineInterface, implement, method, reference } from "upcall";

export const Part = defineInterface("Part", {
  where: method<() => string>(),
  peer: method<() => string>(),
  exit: method<(code: number) => void>(),
  spin: method<() => void>({ timeout: 200 }),
  /** Never returns by itself. */
  wait: method<() => void>(),
  again: method({ args: [], returns: reference((): typeof Part => Part) }),
  tell: method({ args: [callback<(where: string) => void>()] }),
  /** Whether another part is this one itself. */
  is: method({ args: [reference((): typeof Part => Part)], returns: { "~standard": yes() } }),
  /** Asks another part where it is. */
  ask: method({ args: [reference((): typeof Part => Part)], returns: { "~standard": yes<string>() } }),
});

export const Factory = defineInterface("Factory", {
  make: method({ args: [], returns: reference(() => Part) }),
  /** Keeps the worker for so long that another call goes to another one. */
  makeSlowly: method({ args: [], returns: reference(() => Part) }),
  ping: method<() => void>(),
});

function yes<T = boolean>() {
  return { version: 1, vendor: "test", validate: (value: unknown) => ({ value: value as T }) } as const;
}

const here = `${process.pid} ${threadId}`;

class RealPart {
  where(): string {
    return here;
  }
  peer(): string {
    return context().peer.toString();
  }
  exit(code: number): void {
    process.exit(code);
  }
  spin(): void {
    for (;;);
  }
  async wait(): Promise<void> {
    await new Promise(() => {});
  }
  again(): RealPart {
    return this;
  }
  async tell(call: ((where: string) => Promise<void>) & AsyncDisposable): Promise<void> {
    await call(here);
    await call[Symbol.asyncDispose]();
  }
  is(other: unknown): boolean {
    return other === this;
  }
  async ask(other: { where(): string | PromiseLike<string> }): Promise<string> {
    return await other.where();
  }
}

export default implement(Factory, {
  make: () => new RealPart(),
  ping: () => {},
  async makeSlowly() {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return new RealPart();
  },
});
