// Loaded by workers, and served inline by the same suite: an object that tells of the call it is in.
import {
  callback,
  connect,
  context,
  data,
  defineInterface,
  implement,
  type Metadata,
  method,
  type ProxyOf,
  stream,
  UpcallError,
} from "upcall";

export interface Seen {
  readonly metadata: Metadata;
  readonly remaining: number;
}

export const Told = defineInterface("Told", {
  /** What the context says of the other end, and its text. */
  whose: method<() => readonly [facts: object, text: string]>(),
  tell: method<() => Seen>(),
  refuse: method<() => void>(),
  sum: method({ args: [stream<number>()], returns: data<string>() }),
  visit: method({ args: [callback<() => string>()], returns: data<string>() }),
});

export const Chained = defineInterface("Chained", {
  /** Waits at the server of this URL, in a bound call. */
  pass: method<(url: string) => void>(),
  /** Asks the server of this URL, after an await and with a proxy that is not bound. */
  follow: method<(url: string) => Seen>(),
  wait: method<() => void>(),
  /** Calls of `wait` that were not cancelled. */
  waiting: method<() => number>(),
});

function seen(): Seen {
  const { metadata, remaining } = context();
  return { metadata: { ...metadata }, remaining };
}

const told = implement(Told, {
  whose() {
    const { peer } = context();
    return [{ ...peer }, peer.toString()];
  },
  tell() {
    context().answer({ cost: "12" });
    return seen();
  },
  refuse() {
    context().answer({ hint: "look elsewhere" });
    throw new UpcallError("NOT_FOUND", "there is nothing here");
  },
  async sum(numbers) {
    const call = context();
    let sum = 0;
    for await (const number of numbers) sum += number;
    call.answer({ cost: `${sum}` });
    return `${sum} for ${call.metadata["tenant"]}`;
  },
  async visit(visitor) {
    const call = context();
    call.answer({ cost: "1" });
    return `${await visitor()} for ${call.metadata["tenant"]}`;
  },
});

let waiting = 0;
/** One connection to each server behind, for as long as this module lives. */
const behinds: Map<string, Promise<ProxyOf<typeof Chained>>> = new Map();

function behind(url: string): Promise<ProxyOf<typeof Chained>> {
  const connecting = behinds.get(url) ?? connect(Chained, url);
  behinds.set(url, connecting);
  return connecting;
}

const chained = implement(Chained, {
  async pass(url) {
    const call = context();
    await call.bind(await behind(url)).wait();
  },
  async follow(url) {
    await using other = await connect(Told, url);
    await behind(url);
    if (context().metadata["tenant"] !== "x") throw new Error("the call is lost");
    return await other.tell();
  },
  async wait() {
    const { signal } = context();
    waiting++;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    waiting--;
  },
  waiting: () => waiting,
});

export default [told, chained];
