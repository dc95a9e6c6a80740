// Workers: what follows calls through the promises of the object's code on Node. It costs every promise of the process,
// so it is made when the first server asks for it.

import { AsyncLocalStorage } from "node:async_hooks";
import { follow } from "../call/current-call.ts";
import type { AmbientCalls, IncomingCall } from "../contract/callee.ts";
import type { Platform } from "../endpoint/platform.ts";

class StoredCalls implements AmbientCalls {
  readonly #calls: AsyncLocalStorage<IncomingCall | null> = new AsyncLocalStorage();

  current(): IncomingCall | null {
    return this.#calls.getStore() ?? null;
  }

  run<A extends readonly unknown[], R>(call: IncomingCall | null, code: (...args: A) => R, ...args: A): R {
    return this.#calls.run(call, code, ...args);
  }
}

/** From now on upcalls are followed, on all servers of this process that ask for it. */
export function followCalls(platform: Platform): void {
  if (platform.ambient !== null) return;
  platform.ambient = new StoredCalls();
  follow(platform.ambient);
}
