// An object whose methods carry streams, functions and objects, and end in every way that its caller asks for.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  callback,
  close,
  context,
  data,
  defineInterface,
  implement,
  method,
  reference,
  stream,
  UpcallError,
} from "upcall";

/** How a method ends: by a value, or an error, now or later; when its caller gives it up; or with its worker. */
export type How = "value" | "thrown" | "rejected" | "given up" | "exit";

function yes<T>() {
  return { version: 1, vendor: "test", validate: (value: unknown) => ({ value: value as T }) } as const;
}

const no = { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "never fits" }] }) } as const;

export const Part = defineInterface("Part", {
  name: method<() => string>(),
  open: method({ args: [data<How>()], returns: reference((): typeof Part => Part) }),
  store: method({ args: [data<How>(), stream<string>()], returns: { "~standard": yes<string>() } }),
});

export const Carrying = defineInterface("Carrying", {
  ping: method<() => string>(),
  open: method({ args: [data<How>()], returns: reference(() => Part) }),
  /** Does not read the stream. */
  store: method({ args: [data<How>(), stream<string>()], returns: { "~standard": yes<string>() } }),
  read: method({ args: [stream<string>()], returns: { "~standard": yes<number>() } }),
  tell: method({ args: [data<How>(), callback<(text: string) => void>()], returns: { "~standard": yes<string>() } }),
  give: method({ args: [data<How>(), reference(() => Part)], returns: { "~standard": yes<string>() } }),
  items: method({ args: [data<How>(), stream<string>()], returns: stream<string>() }),
  /** Its schema refuses all arguments. */
  refused: method({
    args: [{ "~standard": no }, stream<string>(), callback<() => void>(), reference(() => Part)],
    returns: reference(() => Part),
  }),
  /** The objects of `open` that the collector has not taken. */
  alive: method<() => number>(),
});

const made: WeakRef<object>[] = [];

/** @param given what is given back before anything else is done */
function end<T>(how: How, value: T, given: object | null = null): T | Promise<T> {
  if (given !== null) void close(given);
  if (how === "thrown") throw new UpcallError("NOT_FOUND", "there is nothing here");
  if (how === "exit") process.exit(3);
  if (how === "value") return value;
  if (how === "rejected")
    return Promise.resolve().then(() => {
      throw new UpcallError("NOT_FOUND", "there is nothing here");
    });
  const { signal } = context();
  return new Promise((resolve) => {
    if (signal.aborted) resolve(value);
    signal.addEventListener("abort", () => resolve(value));
  });
}

class RealPart {
  constructor() {
    made.push(new WeakRef(this));
  }

  name(): string {
    return "a part";
  }

  open(how: How): RealPart | Promise<RealPart> {
    return end(how, this as RealPart);
  }

  store(how: How): string | Promise<string> {
    return end(how, "stored");
  }
}

async function* few(): AsyncGenerator<string> {
  yield "an item";
}

async function collect(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  // What weak references were asked for stays until the turn is over.
  await new Promise((resolve) => setImmediate(resolve));
  gc();
}

export default implement(Carrying, {
  ping: () => "pong",
  open: (how) => end(how, new RealPart()),
  store: (how) => end(how, "stored"),
  async read(items) {
    let count = 0;
    for await (const _ of items) count++;
    return count;
  },
  tell: (how, call) => end(how, "told", call),
  give: (how, part) => end(how, "given", part),
  items: (how) => end(how, few()),
  refused: () => new RealPart(),
  async alive() {
    await collect();
    return made.filter((one) => one.deref() !== undefined).length;
  },
});
