// Ground, known to every stage of the walk: who waits for an AbortSignal. Each signal gets one listener of ours, however many
// calls it is given to: from the eleventh on Node warns of a leak, and each one costs more than a place in a set.

type Told = () => void;

class Waiting {
  readonly told: Set<Told> = new Set();
  /** In the order in which they began to wait. One that throws keeps none of the others from being told. */
  readonly tell = (): void => {
    for (const fn of this.told) {
      this.told.delete(fn);
      try {
        fn();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };
}

/** A signal that lives long keeps nothing of those who do not wait any more. */
const all: WeakMap<AbortSignal, Waiting> = new WeakMap();

/** Calls `fn` once when the signal aborts; not for one that has aborted already. Harmless where there is no signal. */
export function listen(signal: AbortSignal | null | undefined, fn: Told): void {
  if (signal === null || signal === undefined) return;
  const waiting = all.get(signal) ?? new Waiting();
  if (waiting.told.size === 0) {
    all.set(signal, waiting);
    signal.addEventListener("abort", waiting.tell, { once: true });
  }
  waiting.told.add(fn);
}

/** It is not called any more; harmless where it never would have been. */
export function unlisten(signal: AbortSignal | null | undefined, fn: Told): void {
  const waiting = signal === null || signal === undefined ? undefined : all.get(signal);
  if (waiting?.told.delete(fn) === true && waiting.told.size === 0) signal?.removeEventListener("abort", waiting.tell);
}
