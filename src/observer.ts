// Ground, known to every stage of the walk: one optional observer a connection, told of every stage a call passes.
// Whoever reports to it first checks that it is there, so that an unwatched call pays a null check and nothing else.

/**
 * The stages, in the order a call passes them: down the caller's stairs, up the callee's, and back. `send` and
 * `receive` are told once for each call of the batch they carry.
 */
export const stages = [
  "proxy",
  "encode",
  "frame",
  "send",
  "receive",
  "unframe",
  "decode",
  "upcall",
  "return",
  "settle",
] as const;

export type Stage = (typeof stages)[number];

export interface StageEvent {
  readonly stage: Stage;
  /** `call` on the way to the object, `reply` on the way back. */
  readonly way: "call" | "reply";
  /** The side that tells: the one with the proxy or the one with the skeleton. */
  readonly side: "proxy" | "skeleton";
  /** The call's id on its connection; 0 where the wire has none. */
  readonly call: number;
  /** `Interface.method`, where it is known at this stage. */
  readonly method: string;
  /** Bytes at this stage: of the body, of the frame; 0 where there are none yet. */
  readonly bytes: number;
  /** Milliseconds on the connection's clock. */
  readonly time: number;
}

/**
 * What it throws, or rejects with, is written on standard error, once, and the call goes on: whoever watches must not be able
 * to break what is watched.
 */
export type Observer = (event: StageEvent) => void;
