// Workers: the callee's interceptors. They stand between a call whose arguments are decoded and checked and the object:
// the last step of the walk is the upcall.

import { metadataOf, withoutBadTrace } from "../call/metadata.ts";
import type { IncomingCall } from "../contract/callee.ts";
import type { Metadata } from "../contract/caller.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { isUpcallError, notExecuted, ofCall, statesNothingDone } from "../errors.ts";
import { type CallOrigin, Intercepted, walk } from "../interceptors/intercepted-call.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import type { MethodEntry } from "../interface/define.ts";
import { enterLate } from "../skeleton/late.ts";
import { isUnentered, notEntered, type Unentered } from "../skeleton/maker.ts";
import type { SkeletonMethod } from "../skeleton/skeleton-method.ts";

export class InterceptedUpcalls {
  readonly #endpoint: Endpoint;
  readonly #interceptors: readonly Interceptor[];

  constructor(endpoint: Endpoint, interceptors: readonly Interceptor[]) {
    this.#endpoint = endpoint;
    this.#interceptors = interceptors;
  }

  /** Leads a call to the object. What an interceptor throws before the object was entered says that it has not run. */
  async enter(method: SkeletonMethod, args: unknown[], call: IncomingCall): Promise<unknown> {
    const { clock } = this.#endpoint.platform;
    const { entry } = method;
    const origin: CallOrigin = {
      side: "callee",
      entry,
      peer: call.peer.toString(),
      id: call.id,
      clock,
      identity: call.identity,
      get answered() {
        return call.answered;
      },
      answer: (metadata) => call.answer(metadata),
    };
    let entered = false;
    /** What the object threw last, and whether it may have done something all the same, then or before. */
    let own: unknown = null;
    let done = false;
    let unentered: Unentered | null = null;
    const enter = async (last: Intercepted): Promise<unknown> => {
      if (last.metadata !== call.metadata) call.metadata = this.#checked(entry, last.metadata);
      try {
        entered = true;
        // For a call that was given up this throws, and says that the object was not entered.
        const result = await enterLate(method, [...last.args], call);
        done = true;
        return result;
      } catch (error) {
        if (!isUnentered(error)) {
          own = error;
          done ||= !isUpcallError(error) || !statesNothingDone(error);
          throw error;
        }
        // What interceptors see is why.
        entered = false;
        unentered = error;
        throw error.error;
      }
    };
    try {
      const given = new Intercepted(origin, args, call.metadata, call.signal, call.deadline);
      return await walk(this.#interceptors, given, enter);
    } catch (error) {
      // Only the object can state that it did nothing, and only where that holds for all the times that it was entered.
      if (entered && isUpcallError(error) && (done || error !== own)) ofCall(error);
      throw entered ? error : (known(unentered, error) ?? turnedAway(entry.fullName, error));
    }
  }

  /**
   * A copy of what interceptors made of the metadata, so that the object may rely on it as on what came.
   * @throws UpcallError, `not-executed`: INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_MANY).
   */
  #checked({ fullName }: MethodEntry, metadata: Metadata): Metadata {
    try {
      return withoutBadTrace(metadataOf(this.#endpoint, metadata));
    } catch (error) {
      if (!isUpcallError(error)) throw error;
      throw notExecuted(error.code, error.reason, `an interceptor of ${fullName} changed it: ${error.message}`);
    }
  }
}

/** It was not entered for a reason that is told in its own way. */
function known(unentered: Unentered | null, error: unknown): Unentered | null {
  return unentered !== null && unentered.error === error ? unentered : null;
}

/** One of our own errors, such as BUSY, keeps its reason; any other is told as if the method had thrown it. */
function turnedAway(fullName: string, error: unknown): Unentered {
  if (!isUpcallError(error) || error.reason === "THROWN") return notEntered(error, `an interceptor of ${fullName}`);
  return notEntered(notExecuted(error.code, error.reason, error.message, error.cause), null);
}
