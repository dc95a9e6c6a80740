// Ground, known to every stage of the walk: what observers are told, in one vocabulary with what interceptors see. The
// code that reports checks first whether there is an observer, so that an unwatched call pays only a null check.

import type { Code, Reason } from "./errors.ts";

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

/** What every event says. */
interface Told {
  /**
   * The end that tells of a call: the one that makes it or the one that answers it. Of a connection: who connected, or
   * who accepted.
   */
  readonly side: "caller" | "callee";
  /**
   * The connection, by an id that is no secret. On the native wire it is the session's, 32 hexadecimal digits and the
   * same at both ends. It is empty where there is no connection yet, at a caller on the plain wire, and for datagrams.
   */
  readonly connection: string;
  /**
   * Milliseconds on the clock of this process. Of events that a worker tells it is when they happened, not when they
   * came.
   */
  readonly time: number;
  /** The worker that tells it, as in `worker thread 3`; null where it happened in the thread that has the observer. */
  readonly worker: string | null;
}

/** A call has come to a stage of its way. */
export interface StageEvent extends Told {
  readonly event: "stage";
  readonly stage: Stage;
  /** `call` on the way to the object, `reply` on the way back. */
  readonly way: "call" | "reply";
  /** The interface's name; empty where it is not known at this stage. */
  readonly interface: string;
  /** The method's name; empty where it is not known at this stage. */
  readonly method: string;
  /** The call's id on its connection; 0 where it has none, or none yet. */
  readonly id: number;
  /** Bytes at this stage: of the body, of the frame; 0 where there are none yet. */
  readonly bytes: number;
}

/** A stream has begun, or ended. */
export interface StreamEvent extends Told {
  readonly event: "stream" | "streamEnd";
  readonly interface: string;
  readonly method: string;
  /** The id of the call that it belongs to; 0 where that has none yet. */
  readonly id: number;
  /** The stream's number, which its producer chose. */
  readonly stream: number;
  /** Whether this end gives the items, or takes them. */
  readonly does: "produces" | "reads";
  /**
   * Why it ended before its time, CANCELLED where its reader had enough; null where it was finished, and at its
   * beginning.
   */
  readonly error: EventError | null;
}

/**
 * Something became of a connection. `connecting`: it is being made. `connected`: the greeting was answered, calls and
 * answers go both ways. `draining`: one side takes no new calls, those that run may finish. `lost`: it broke, or could
 * not be made. `closed`: it ended in good order.
 */
export interface ConnectionEvent extends Told {
  readonly event: "connecting" | "connected" | "draining" | "lost" | "closed";
  /** The other end's address, for people; at a caller that is still connecting it is the URL. */
  readonly peer: string;
  /** Who the caller is: what the server's `authenticate` gave; null where it has none, and at the caller. */
  readonly identity: unknown;
  /** Why; null where nothing went wrong. */
  readonly error: EventError | null;
}

/** Events of a worker did not come, because there were more than it may hold until they are taken. */
export interface DroppedEvent extends Told {
  readonly event: "dropped";
  /** How many, since the last time that this was told. The counter `eventsDropped` has them all. */
  readonly count: number;
}

/** An error, as plain data. */
export interface EventError {
  readonly code: Code;
  readonly reason: Reason;
  readonly message: string;
}

/** The two names in `Interface.method`, where the method's own has no dot. Both are empty where there is none. */
export function namesIn(fullName: string): { readonly interface: string; readonly method: string } {
  const dot = fullName.lastIndexOf(".");
  return { interface: fullName.slice(0, Math.max(0, dot)), method: fullName.slice(dot + 1) };
}

/** An error as events have it. */
export function eventError(error: EventError | null): EventError | null {
  if (error === null) return null;
  const { code, reason, message } = error;
  return { code, reason, message };
}

/** What an observer is told: plain data, told apart by `event`. */
export type ObservedEvent = StageEvent | StreamEvent | ConnectionEvent | DroppedEvent;

/**
 * Is told of every stage of every call, of streams and of connections. It is called in the middle of each call, so it
 * should do little. What it throws, or rejects with, is written on standard error, once, and the call goes on: an
 * observer must not be able to break a call.
 */
export type Observer = (event: ObservedEvent) => void;
