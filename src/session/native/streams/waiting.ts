// The session, streams: a reader's calls of next() that wait for items which are not here yet.

import { Timed } from "../../../endpoint/deadlines.ts";
import type { UpcallError } from "../../../errors.ts";

export type Result = IteratorResult<unknown, undefined>;

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: UpcallError) => void;
}

export const finished: Result = Object.freeze({ value: undefined, done: true });

// One executor for all promises of items, as for those of calls.
let resolveNew: (result: Result) => void;
let rejectNew: (error: UpcallError) => void;
const executor = (resolve: (result: Result) => void, reject: (error: UpcallError) => void): void => {
  resolveNew = resolve;
  rejectNew = reject;
};

export class WaitingReaders {
  readonly #waiting: Waiting[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  add(): Promise<Result> {
    const promise = new Promise<Result>(executor);
    this.#waiting.push({ resolve: resolveNew, reject: rejectNew });
    return promise;
  }

  /** To who waits longest. */
  give(value: unknown): void {
    this.#waiting.shift()?.resolve({ value, done: false });
  }

  /** Nothing comes any more: the first hears why, the others that it is finished. True when the error was told. */
  end(error: UpcallError | null): boolean {
    const [first, ...others] = this.#waiting.splice(0);
    if (first === undefined) return false;
    if (error === null) first.resolve(finished);
    else first.reject(error);
    for (const { resolve } of others) resolve(finished);
    return true;
  }
}

/** Its time in the wheel, until the first item or the next one. */
export class ItemTimer extends Timed {
  readonly #over: () => void;

  constructor(over: () => void) {
    super();
    this.#over = over;
  }

  override expired(): void {
    this.#over();
  }
}
