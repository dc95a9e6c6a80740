// What is served and called by both versions: an interface in which everything stands that travels on the native wire, and one
// for the plain wire. It is compiled once and imports `upcall`, whichever that is where it lies.
import {
  callback,
  context,
  DeclaredError,
  data,
  defineInterface,
  implement,
  method,
  oneway,
  reference,
  stream,
  UpcallError,
} from "upcall";

export class TooMuch extends DeclaredError<{ most: number }>("TooMuch") {}

export const Counter = defineInterface("Counter", {
  add: method<(amount: number) => number>({ errors: [TooMuch] }),
  /** Runs until it is cancelled. */
  wait: method<() => void>(),
  /** Is done when `wait` was cancelled. */
  cancelled: method<() => string>(),
});

export const Subject = defineInterface("Subject", {
  echo: method<(value: unknown) => unknown>(),
  fail: method<(how: "upcall" | "other") => never>(),
  context: method<() => { metadata: Record<string, string>; remaining: boolean }>(),
  /** Does not end before `notes` is called. */
  never: method<() => void>(),
  note: oneway<(line: string) => void>(),
  notes: method<() => string[]>(),
  count: method({ args: [data<number>()], returns: stream<number>() }),
  sums: method({ args: [stream<number>()], returns: stream<number>() }),
  total: method({ args: [stream<number>()], returns: data<number>() }),
  each: method({ args: [data<string[]>(), callback<(word: string) => number>()], returns: data<number>() }),
  later: method({ args: [callback<(word: string) => string>()], returns: data<string>() }),
  open: method({ args: [data<number>()], returns: reference(() => Counter) }),
  subscribe: method({ args: [callback<(word: string) => void>({ kept: true })] }),
  publish: method<(word: string) => void>(),
  /** Runs as long as the function that it is given. */
  hold: method({ args: [callback<() => void>()], returns: data<string>() }),
  /** Begins to close the server. */
  stop: method<() => void>(),
});

export const Upper = defineInterface("Upper", { upper: method<(text: string) => string>() });

class RealCounter {
  #sum: number;
  #tell: () => void = () => {};
  readonly #told: Promise<void> = new Promise((resolve) => {
    this.#tell = resolve;
  });

  constructor(sum: number) {
    this.#sum = sum;
  }

  add(amount: number): number {
    if (this.#sum + amount > 100) throw new TooMuch("a counter goes to 100", { most: 100 - this.#sum });
    this.#sum += amount;
    return this.#sum;
  }

  wait(): Promise<void> {
    const { signal } = context();
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        this.#tell();
        resolve();
      });
    });
  }

  async cancelled(): Promise<string> {
    await this.#told;
    return "was cancelled";
  }
}

const notes: string[] = [];
const nevers: (() => void)[] = [];
let lent: ((word: string) => Promise<string>) | null = null;
let reader: ((word: string) => Promise<void>) | null = null;

let stop: () => void = () => {};
/** Who serves says how the server is closed. */
export function onStop(fn: () => void): void {
  stop = fn;
}

const subject: ReturnType<typeof implement> = implement(Subject, {
  echo: (value) => value,
  fail: (how) => {
    if (how === "upcall") throw new UpcallError("NOT_FOUND", "there is none");
    throw new TypeError("a secret");
  },
  context: () => {
    const { metadata, remaining } = context();
    context().answer({ answer: "heard" });
    return { metadata: { ...metadata }, remaining: remaining > 0 && remaining < 61_000 };
  },
  // Its caller's deadline is over before: `notes` is called after it.
  never: () => new Promise<void>((resolve) => nevers.push(resolve)),
  note: (line) => void notes.push(line),
  notes: () => {
    for (const end of nevers.splice(0)) end();
    return notes.splice(0);
  },
  async *count(most) {
    for (let i = 1; i <= most; i++) yield i;
    throw new UpcallError("OUT_OF_RANGE", `no more than ${most}`);
  },
  async *sums(numbers) {
    let sum = 0;
    for await (const number of numbers) {
      sum += number;
      yield sum;
    }
  },
  async total(numbers) {
    let sum = 0;
    for await (const number of numbers) sum += number;
    return sum;
  },
  async each(words, called) {
    let sum = 0;
    for (const word of words) sum += await called(word);
    return sum;
  },
  async later(called) {
    const before = lent;
    lent = called;
    return before === null ? "none yet" : await before("too late").catch((error: UpcallError) => saying(error));
  },
  open: (sum) => new RealCounter(sum),
  subscribe: (called) => {
    reader = called;
  },
  publish: async (word) => await reader?.(word),
  async hold(entered) {
    await entered();
    return "done";
  },
  stop: () => stop(),
});

export const saying = ({ code, reason, outcome }: UpcallError): string => `${code} ${reason} ${outcome}`;

export const upper: ReturnType<typeof implement> = implement(Upper, { upper: (text) => text.toUpperCase() });

export default subject;
