// The session, what is carried: values on their way out whose objects, functions and streams have become handles.

import type { Handle } from "../../../codec/handle.ts";

/** Something that must not be given back while it is needed. */
export interface Holdable {
  hold(): void;
  unhold(): void;
}

export interface Parcel {
  /** What is marshalled. */
  readonly values: unknown[];
  /** The handles among them. */
  readonly handles: readonly Handle[];
  /** References of the other side that go home with them, and are held here until they are there. */
  readonly held: readonly Holdable[];
}
