// Workers: the callee's interceptors. They stand between a call whose arguments are decoded and checked and the object:
// the last step of the walk is the upcall.

import { notExecuted, UpcallError } from "../errors.ts";
import { Intercepted, noMetadata, walk } from "../interceptors/intercepted.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import type { IncomingCall } from "../session/contract.ts";
import type { Household } from "../session/platform.ts";
import { enterLate } from "../skeleton/late.ts";
import { isUnentered, unenteredError } from "../skeleton/maker.ts";
import type { SkeletonMethod } from "../skeleton/method.ts";

export class InterceptedUpcalls {
  readonly #home: Household;
  readonly #interceptors: readonly Interceptor[];

  constructor(home: Household, interceptors: readonly Interceptor[]) {
    this.#home = home;
    this.#interceptors = interceptors;
  }

  /** Leads a call to the object. What an interceptor throws before the object was entered says that it has not run. */
  async enter(method: SkeletonMethod, args: unknown[], call: IncomingCall): Promise<unknown> {
    const { clock } = this.#home.platform;
    const { entry } = method;
    const origin = { side: "callee", entry, peer: call.peer, id: call.id, clock } as const;
    let entered = false;
    try {
      return await walk(
        this.#interceptors,
        new Intercepted(origin, args, noMetadata, call.signal, call.deadline),
        (last) => {
          entered = true;
          // Where nobody waits any more this throws, and says that the object was not entered.
          return enterLate(method, [...last.args], call);
        },
      );
    } catch (error) {
      throw entered || isUnentered(error) ? error : unenteredError(turnedAway(entry.fullName, error));
    }
  }
}

/** The caller is told an interceptor's own code where it threw an UpcallError, and nothing of anything else. */
function turnedAway(fullName: string, error: unknown): UpcallError {
  if (error instanceof UpcallError) return notExecuted(error.code, error.reason, error.message, error);
  return notExecuted("UNKNOWN", "THROWN", `${fullName} was not called: an interceptor of the server failed`, error);
}
