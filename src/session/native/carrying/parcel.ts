// The session, what is carried: values on their way out whose objects, functions and streams have become handles.

import type { Handle } from "../../../codec/handle.ts";

/** Something that is needed until it is said that it is not. */
export interface Needed {
  end(): void;
}

export interface Parcel {
  /** What is marshalled. */
  readonly values: unknown[];
  /** The handles among them. */
  readonly handles: readonly Handle[];
  /** References of the other side that go home with them, and are held here until they are there. */
  readonly held: readonly Needed[];
}
