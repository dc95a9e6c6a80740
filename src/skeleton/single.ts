// The skeleton: an object for one call. It is made when the call is about to enter it, and disposed of when the method
// is done, which for a method that gives a stream is when the stream has ended.

import { itemsOf } from "../call/iterables.ts";
import type { IncomingCall } from "../contract/callee.ts";
import type { MethodEntry } from "../interface/define.ts";
import { isStream } from "../interface/spec.ts";
import { currentCall } from "./context.ts";
import type { Disposals } from "./disposals.ts";
import { enterLate, madeFor } from "./late.ts";
import type { Made, Maker } from "./maker.ts";
import { type Row, rowWith, SkeletonMethod } from "./skeleton-method.ts";
import { isThenable } from "./upcall.ts";

/** The methods of objects that are made for one call each. */
export function singleRow(maker: Maker, disposals: Disposals): Row {
  return rowWith(maker.subject, (entry) => {
    const body = (...args: unknown[]): unknown => {
      const call = currentCall();
      const made = maker.make(call, disposals.counters);
      return made instanceof Promise
        ? madeFor(made, entry, call).then(
            (late) => enterOnce(entry, late, args, call, disposals),
            (error: unknown) => {
              // The promise may still give an object, which no call needs any more: it is disposed of.
              made.then(({ object }) => disposals.dispose(object)).catch(() => {});
              throw error;
            },
          )
        : enterOnce(entry, made, args, call, disposals);
    };
    return new SkeletonMethod(entry, maker, body);
  });
}

function enterOnce(
  entry: MethodEntry,
  { object, row }: Made,
  args: unknown[],
  call: IncomingCall,
  disposals: Disposals,
): unknown {
  const method = row[entry.name];
  let over = false;
  const end = (): void => {
    if (!over) disposals.dispose(object);
    over = true;
  };
  const failed = (error: unknown): never => {
    end();
    throw error;
  };
  /** The items of a stream are read from the object long after its method returned. */
  const given = (result: unknown): unknown => {
    const items = isStream(entry.method.carries?.returns) && !call.signal.aborted ? itemsOf(result) : null;
    if (items !== null) return new LentItems(items, end);
    end();
    return result;
  };
  try {
    // The maker has seen that it is there.
    const result = method === undefined ? undefined : enterLate(method, args, call);
    return isThenable(result) ? Promise.resolve(result).then(given).catch(failed) : given(result);
  } catch (error) {
    return failed(error);
  }
}

/** The items of a stream whose object is needed until its last one. */
class LentItems implements AsyncIterable<unknown> {
  readonly #items: AsyncIterable<unknown>;
  readonly #end: () => void;

  constructor(items: AsyncIterable<unknown>, end: () => void) {
    this.#items = items;
    this.#end = end;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    const iterator = this.#items[Symbol.asyncIterator]();
    return {
      next: async () => {
        try {
          const result = await iterator.next();
          if (result.done === true) this.#end();
          return result;
        } catch (error) {
          this.#end();
          throw error;
        }
      },
      return: async () => {
        try {
          await iterator.return?.();
        } finally {
          this.#end();
        }
        return { done: true, value: undefined };
      },
    };
  }
}
