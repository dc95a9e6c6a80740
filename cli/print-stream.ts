// The command: a stream, printed item by item until it ends or Ctrl-C ends it. It knows nothing of their producer.

import { once } from "node:events";
import { toNotation } from "./notation.ts";
import { jsonOf } from "./print.ts";
import { untilSignal } from "./signals.ts";

/**
 * Prints each item as one line of JSON, no faster than the output is read. The first SIGINT or SIGTERM ends the stream
 * at its producer, which counts as a good end; a second one ends the process.
 * @throws the errors of the stream
 */
export async function printStream(items: AsyncIterable<unknown>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let over = false;
  void untilSignal().then(async () => {
    over = true;
    await iterator.return?.();
  });
  for (;;) {
    const { done, value } = await iterator.next();
    if (done === true || over) return;
    if (!process.stdout.write(`${jsonOf(toNotation(value))}\n`)) await once(process.stdout, "drain");
  }
}

export function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
