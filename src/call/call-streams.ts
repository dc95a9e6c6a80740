// The session, streams: those of one call, whose lives hang together. What was given as an argument ends with its call,
// or, where the call's result is a stream, with that. Knows neither what a call is nor who produces.

import { listen, unlisten } from "../aborts.ts";
import type { UpcallError } from "../errors.ts";
import { callIsOver, type StreamPlace, streamCancelled } from "../failure/stream-endings.ts";

/** A stream of either direction. */
interface Failing {
  readonly place: StreamPlace;
  fail(error: UpcallError): void;
}

export interface CallStreamsTerms {
  /** The peer of the call, and the call's id; 0 where it has none yet. */
  readonly peer: string;
  readonly call: number;
  /**
   * When the first item of a result must be there, in milliseconds on the clock; null where another part watches that.
   */
  readonly deadline: number | null;
  /** Milliseconds that a reader waits for each further item; null: as long as it takes. */
  readonly idle: number | null;
  /** Each ends a result's stream as well as its call. */
  readonly signals: readonly AbortSignal[];
  /** Told why a result's stream ended before its time. */
  readonly broken: (error: UpcallError) => void;
}

export class CallStreams {
  readonly peer: string;
  readonly call: number;
  readonly deadline: number | null;
  readonly idle: number | null;
  readonly #signals: readonly AbortSignal[];
  readonly #broken: (error: UpcallError) => void;
  #arguments: Failing[] = [];
  #result: Failing | null = null;
  #settled = false;
  #over: (() => void) | null = null;
  readonly #onAbort = (): void => this.#aborted();

  constructor({ peer, call, deadline, idle, signals, broken }: CallStreamsTerms) {
    this.peer = peer;
    this.call = call;
    this.deadline = deadline;
    this.idle = idle;
    this.#signals = signals;
    this.#broken = broken;
  }

  argument(stream: Failing): void {
    this.#arguments.push(stream);
  }

  /** Whether the result's stream runs. */
  get flowing(): boolean {
    return this.#result !== null;
  }

  /** The result's stream begins. */
  result(stream: Failing): void {
    this.#result = stream;
    for (const signal of this.#signals) listen(signal, this.#onAbort);
    this.#aborted();
  }

  /** Calls `over` when the result's stream, which runs, has ended. */
  whenOver(over: () => void): void {
    this.#over = over;
  }

  /** The result's stream ended. */
  resultEnded(error: UpcallError | null): void {
    this.#result = null;
    for (const signal of this.#signals) unlisten(signal, this.#onAbort);
    if (error !== null) this.#broken(error);
    this.#end();
    this.#over?.();
    this.#over = null;
  }

  /** The call is settled. */
  settled(): void {
    this.#settled = true;
    this.#end();
  }

  /** The call was given up: its arguments cannot be read any more. */
  abort(error: UpcallError): void {
    for (const stream of this.#arguments.splice(0)) stream.fail(error);
  }

  #end(): void {
    if (!this.#settled || this.#result !== null) return;
    for (const stream of this.#arguments.splice(0)) stream.fail(callIsOver(stream.place));
  }

  #aborted(): void {
    const result = this.#result;
    const signal = this.#signals.find(({ aborted }) => aborted);
    if (result !== null && signal !== undefined) result.fail(streamCancelled(result.place, signal.reason));
  }
}
