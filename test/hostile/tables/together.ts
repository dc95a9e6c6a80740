// Many connections at once, from as many of this machine's own addresses as they need: each may have so many.

import type { Offence } from "../case.ts";
import type { Offender } from "../offender.ts";

/** What one address may have, and room for the witness. */
const each = 200;
/** So many are connecting at the same time: the queue of a listening socket is no part of what is judged. */
const atOnce = 100;

/** An address for each of so many connections. */
export function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `127.0.1.${1 + Math.floor(i / each)}`);
}

/** Opens so many connections and does the same with each. */
export async function together(
  offence: Offence,
  count: number,
  act: (offender: Offender) => Promise<void>,
): Promise<void> {
  const left = addresses(count);
  const acts: Promise<void>[] = [];
  const connect = async (): Promise<void> => {
    for (let from = left.pop(); from !== undefined; from = left.pop()) acts.push(act(await offence.connect(from)));
  };
  await Promise.all(Array.from({ length: atOnce }, connect));
  await Promise.all(acts);
}
