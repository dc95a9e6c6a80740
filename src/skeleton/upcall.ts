// The skeleton: the upcall itself. This is the only place of the house where the object's own code is entered.

import { type CallContext, enter, leave } from "./context.ts";
import type { SkeletonMethod } from "./method.ts";

/** Enters the object. Whatever it throws comes out as it is; what it gives may be a promise. */
export function upcall(method: SkeletonMethod, args: unknown[], call: CallContext): unknown {
  const before = enter(call);
  try {
    return Reflect.apply(method.body, method.object, args);
  } finally {
    leave(before);
  }
}

/** Whether something can be awaited: a native promise or another thing that behaves like one. Asking may run user code. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
