// What a client of one version asks of a server of another: all that the native wire carries, and the plain wire. It gives what
// the client saw. It knows neither which version it is itself nor which one it calls.
import { close, connect, open, UpcallError, within } from "upcall";
import { Subject, saying, TooMuch, Upper } from "./modules/subject.ts";
import type { End } from "./serving.ts";

export type Seen = Record<string, unknown>;

/** What a promise comes to, in words where it fails. */
async function of(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof TooMuch) return `TooMuch: ${error.message}, ${JSON.stringify(error.data)}, ${error.outcome}`;
    if (error instanceof UpcallError) return saying(error);
    throw error;
  }
}

export const values: readonly unknown[] = [
  [undefined, null, true, -0, 2 ** 40, 1.5, 2n ** 70n, "grün", new Date(7)],
  new Map<unknown, unknown>([["set", new Set([1])]]),
  { bytes: new Uint8Array([1, 2, 255]), numbers: new Float64Array([0.5]), records: [{ a: 1 }, { a: 2 }, { a: 3 }] },
  "x".repeat(700_000),
];

export async function walk(url: string, token?: string): Promise<Seen> {
  const seen: Seen = {};
  const connection = await open(url, { reconnect: false, ...(token === undefined ? {} : { token }) });
  const subject = connection.proxy(Subject);
  seen["values"] = await Promise.all(values.map((value) => subject.echo(value)));
  seen["an error"] = await of(subject.fail("upcall"));
  seen["an error of another kind"] = await of(subject.fail("other"));
  let answered: unknown;
  const telling = within(subject, {
    metadata: { tenant: "anna" },
    timeout: 60_000,
    onMetadata: (metadata) => {
      answered = metadata["answer"];
    },
  });
  seen["metadata and the time that is left"] = await telling.context();
  seen["metadata of the answer"] = answered;
  seen["a deadline"] = await of(within(subject, { timeout: 20 }).never());
  await Promise.all([subject.note("one"), subject.note("two")]);
  seen["oneways"] = await subject.notes();

  const items: unknown[] = [];
  seen["a stream's end"] = await of(
    (async () => {
      for await (const item of await subject.count(3)) items.push(item);
    })(),
  );
  seen["a stream"] = items;
  const sums: number[] = [];
  for await (const sum of await subject.sums([1, 2, 3])) sums.push(sum);
  seen["streams both ways"] = sums;
  seen["a stream as an argument"] = await subject.total(Array.from({ length: 5_000 }, (_, i) => i));
  for await (const item of await subject.count(1_000_000)) if (item === 10) break;

  seen["a callback"] = await subject.each(["a", "bb"], (word) => word.length);
  await subject.later(() => "first");
  seen["a callback that is not kept"] = await subject.later(() => "second");
  const read: string[] = [];
  await subject.subscribe((word) => void read.push(word));
  await subject.publish("news");
  seen["a callback that is kept"] = read;

  const counter = await subject.open(1);
  seen["a reference"] = [await counter.add(2), await of(counter.add(200))];
  seen["pipelining"] = [await subject.open(5).add(5), await of(subject.open(5).add(100))];
  const controller = new AbortController();
  const waiting = of(within(counter, { signal: controller.signal }).wait());
  // Sent before it: an abort in the same turn would leave nothing to send.
  await counter.add(0);
  controller.abort();
  seen["a cancelled call"] = [await waiting, await counter.cancelled()];
  await close(counter);
  seen["a reference that was given back"] = await of(counter.add(1));
  await connection.close();
  return seen;
}

/** What a client sees of a server that closes while a call of it runs. The server is closed then. */
export async function drained(url: string, token: string): Promise<Seen> {
  const subject = await connect(Subject, url, { reconnect: false, token });
  const seen: Seen = {};
  seen["a call that runs"] = await of(
    subject.hold(async () => {
      await subject.stop();
      seen["a call after the go-away"] = await of(subject.echo(1));
    }),
  );
  seen["a call after the end"] = await of(subject.echo(1));
  return seen;
}

/** What a client without the right token sees. */
export async function turnedAway(url: string): Promise<unknown> {
  return await of(connect(Subject, url, { reconnect: false, token: "wrong" }).then((subject) => subject.notes()));
}

export async function plainly(url: string, end?: End): Promise<string[]> {
  const proxy = await connect(Upper, url, { wire: "plain", ...(end === undefined ? {} : { end }) });
  const said = [await proxy.upper("hello"), await proxy.upper("again")];
  await close(proxy);
  return said;
}
