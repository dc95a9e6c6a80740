// The formal interface: an object that knows which one it answers for. Skeletons are made elsewhere; what they are is
// said here, because an interface's types name them wherever an object travels by reference.

import type { Interface } from "./define.ts";

/** A symbol, so that no skeleton has a member whose name an interface could want. */
export const interfaceOf: unique symbol = Symbol("upcall.interface");

/** Whatever can be served: an object that knows its interface. */
export interface SkeletonOf<I = Interface> {
  readonly [interfaceOf]: I;
}
