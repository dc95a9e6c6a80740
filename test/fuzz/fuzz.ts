// Gives a decoder a great many inputs and holds it to what must be true of every one of them: nothing but an UpcallError
// comes out, none takes long, nothing is left in memory, and no object of the language is changed.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { UpcallError } from "upcall";
import { OwnTime } from "../harness/own-time.ts";
import { Prototypes } from "../hostile/prototypes.ts";
import { Random } from "./random.ts";

/** One decoder, and what makes its inputs. */
export interface Fuzzed {
  readonly name: string;
  /** Makes an input of its own and gives it to the decoder; what the decoder throws comes out. */
  feed(): void;
  /** The input that was given last. */
  last(): Uint8Array;
  /** Lets promises and what was deferred go on. Throws where something is not as it must be. */
  turn?(): Promise<void>;
}

export type MakeFuzzed = (random: Random) => Fuzzed;

export interface Fuzzing {
  readonly seed: number;
  readonly count: number;
}

/** What came of it. */
export interface Fuzzings {
  readonly refused: number;
  readonly taken: number;
  readonly seconds: number;
  readonly grown: number;
}

/** Inputs between two looks at the clock, and between two turns of the event loop. */
const looked = 64;
const turned = 2_048;
/** Milliseconds of the thread's own time that none of these may take. */
const stall = 50;
/** Inputs after which memory is what it is, at the latest, and MiB by which it may grow from then on. */
const warm = 100_000;
const mostGrown = 16;

/**
 * How often they may take longer: a full collection does on a slow machine, and is nobody's, and their number grows with that
 * of the inputs. What makes a decoder slow comes again and again.
 */
const mostSlow = (count: number): number => 4 + count / 100_000;

export async function fuzz(make: MakeFuzzed, { seed, count }: Fuzzing): Promise<Fuzzings> {
  const { stackTraceLimit } = Error;
  // Most inputs are refused, and where in the decoder is not what is asked here.
  Error.stackTraceLimit = 0;
  const prototypes = new Prototypes();
  const fuzzed = make(new Random(seed));
  const found = (at: number, what: string): Error =>
    new Error(`${fuzzed.name}, seed ${seed}, input ${at}: ${what}\n${Buffer.from(fuzzed.last()).toString("hex")}`);
  let refused = 0;
  let slow = 0;
  let base = 0;
  const begun = performance.now();
  const time = new OwnTime();
  try {
    for (let at = 0; at < count; at++) {
      try {
        fuzzed.feed();
      } catch (error) {
        if (!(error instanceof UpcallError)) throw found(at, `it threw ${String(error)}`);
        refused++;
      }
      if (at % looked === 0) {
        const { own } = time;
        if (own > stall) slow++;
        if (slow > mostSlow(count) || own > 10 * stall) throw found(at, `it took ${own} ms`);
        time.restart();
      }
      if (at % turned === 0) {
        await fuzzed.turn?.();
        if (at % (turned * 16) === 0) {
          const changes = prototypes.changes();
          if (changes.length > 0) throw found(at, `${changes.join(", ")} changed`);
        }
        if (base === 0 && at >= Math.min(warm, count / 2)) base = held();
        time.restart();
      }
    }
    await fuzzed.turn?.();
    const grown = base === 0 ? 0 : (held() - base) / 2 ** 20;
    if (grown > mostGrown) throw found(count, `${grown} MiB are left`);
    return { refused, taken: count - refused, seconds: (performance.now() - begun) / 1000, grown };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Bytes that a collection leaves. */
function held(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
