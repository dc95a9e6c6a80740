// Ground, known to every stage of the walk: time and randomness as things that are handed in, so that protocol code
// is exact in tests and in a simulator. The system's own are made here from what every JavaScript platform has.

export interface Timer {
  /** The timer will not fire. It does nothing when the timer has fired. */
  cancel(): void;
  /** Whether a process with nothing else to do waits for it. At first it does not. */
  keepAlive(yes: boolean): void;
}

export interface Clock {
  /** Milliseconds, never going back; only differences mean anything. */
  now(): number;
  /** Calls `fn` once, no earlier than `ms` milliseconds from now. */
  after(ms: number, fn: () => void): Timer;
  /** Calls `fn` at the end of this turn of the event loop, after the promises that are ready now. */
  defer(fn: () => void): void;
  /** Calls `fn` in the next turn of the event loop, after timers and sockets had theirs. */
  nextTurn(fn: () => void): void;
}

/** Fills an array with bytes that cannot be guessed. */
export type Randomness = (bytes: Uint8Array) => Uint8Array;

interface Platform {
  readonly performance: { now(): number };
  readonly crypto: { getRandomValues<T extends Uint8Array>(bytes: T): T };
  readonly setTimeout: (fn: () => void, ms: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  readonly queueMicrotask: (fn: () => void) => void;
  readonly setImmediate?: (fn: () => void) => unknown;
  /** Node's: called from a microtask, it runs after all microtasks, which is the end of the turn. */
  readonly process?: { nextTick?: (fn: () => void) => void };
}

const platform = globalThis as unknown as Platform;

/** Where there is no nextTick, one microtask more lets the continuations that are ready now make their calls first. */
const deferByMicrotask = (fn: () => void): void => platform.queueMicrotask(() => platform.queueMicrotask(fn));

export const systemClock: Clock = {
  now: () => platform.performance.now(),
  after(ms, fn) {
    const timer = platform.setTimeout(fn, ms) as { ref?: () => void; unref?: () => void };
    timer.unref?.();
    return { cancel: () => platform.clearTimeout(timer), keepAlive: (yes) => (yes ? timer.ref?.() : timer.unref?.()) };
  },
  defer: platform.process?.nextTick ?? deferByMicrotask,
  nextTurn: platform.setImmediate ?? ((fn) => void platform.setTimeout(fn, 0)),
};

export const systemRandomness: Randomness = (bytes) => platform.crypto.getRandomValues(bytes);
