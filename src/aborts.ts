// Ground, known to every stage of the walk: the functions that wait for an AbortSignal. Each signal gets one listener
// of upcall, for all its calls: Node warns of a leak from the eleventh listener on, and a listener costs more than an
// entry of a Set.

type Told = () => void;

class Waiting {
  readonly told: Set<Told> = new Set();
  /** In the order in which they began to wait. When one throws, the others are still called. */
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

/** A signal that lives long must not keep functions that do not wait any more. */
const all: WeakMap<AbortSignal, Waiting> = new WeakMap();

/**
 * Calls `fn` once when the signal aborts, but not for a signal that has aborted already. Without a signal it does
 * nothing.
 */
export function listen(signal: AbortSignal | null | undefined, fn: Told): void {
  if (signal === null || signal === undefined) return;
  const waiting = all.get(signal) ?? new Waiting();
  if (waiting.told.size === 0) {
    all.set(signal, waiting);
    signal.addEventListener("abort", waiting.tell, { once: true });
  }
  waiting.told.add(fn);
}

/** `fn` is not called any more. It does nothing when `fn` does not wait. */
export function unlisten(signal: AbortSignal | null | undefined, fn: Told): void {
  const waiting = signal === null || signal === undefined ? undefined : all.get(signal);
  if (waiting?.told.delete(fn) === true && waiting.told.size === 0) signal?.removeEventListener("abort", waiting.tell);
}
