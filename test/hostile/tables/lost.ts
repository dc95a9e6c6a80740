// Workers that are lost in the middle of a call, or stuck in one, while others call the same pool.

import { kind } from "#internal/wire/native/frame.js";
import { decoded } from "../../harness/stranger.ts";
import type { Case, Table } from "../case.ts";
import type { Offender } from "../offender.ts";

const everywhere = ["pool tcp", "processes tcp"] as const;
const lost = "UNAVAILABLE WORKER_LOST unknown";

/** Waits until both workers of the pool are there: whoever ends the last one has others wait, or lose what it was doing. */
async function both(offender: Offender): Promise<void> {
  const places = new Set<unknown>();
  while (places.size < 2 && !offender.ended) {
    places.clear();
    const answers = await Promise.all([5, 5].map(async (ms) => await offender.asked("Target.block", [ms])));
    for (const answer of answers) if (answer?.kind === kind.reply) places.add(decoded(answer));
  }
}

/** One call that is its worker's last, so many times: each time others must be served at once. */
function last(times: number, method: string, args: readonly unknown[] = [], remaining = 30_000): Case["attack"] {
  return async (offence) => {
    const said = new Set<string>();
    for (let round = 0; round < times; round++) {
      const offender = await offence.greeted();
      if (round === 0) await both(offender);
      said.add(await offender.ask(method, args, { remaining }));
      said.add(await offender.served());
      await both(offender);
    }
    return [...said].join("; ");
  };
}

export const lostWorkers: Table = {
  name: "lost workers",
  means: { heap: 64 },
  cases: [
    {
      name: "a method that blocks a worker of a pool for two seconds",
      doors: everywhere,
      hears: "a reply; it goes on",
      moves: ["callsReceived"],
      worst: 500,
      attack: last(1, "Target.block", [2_000]),
    },
    {
      name: "a method that allocates until the 64 MiB of its worker are full, 8 MB at a time",
      doors: everywhere,
      hears: `${lost}; it goes on`,
      moves: ["workersLost", "workersStarted"],
      worst: 500,
      attack: last(2, "Target.fill", [1_000_000]),
    },
    {
      // In a thread it takes longer, and is felt by the threads beside it: see what is not promised.
      name: "a method that allocates until the 64 MiB of its worker are full, little by little",
      doors: ["processes tcp"],
      hears: `${lost}; it goes on`,
      moves: ["workersLost", "workersStarted"],
      worst: 500,
      attack: last(1, "Target.fill", [10_000]),
    },
    {
      name: "a method that exits its worker, five times",
      doors: everywhere,
      hears: `${lost}; it goes on`,
      moves: ["workersLost", "workersStarted"],
      worst: 500,
      attack: last(5, "Target.exit"),
    },
    {
      name: "a method whose own code posts 1,000 odd messages to its worker's owner",
      doors: everywhere,
      hears: "a reply; it goes on",
      moves: ["workerMessages"],
      worst: 500,
      attack: last(2, "Target.post", [1_000]),
    },
    {
      name: "a worker that is killed in the middle of a call",
      doors: ["processes tcp"],
      hears: `${lost}; it goes on`,
      moves: ["workersLost", "workersStarted"],
      worst: 500,
      attack: last(2, "Target.die", ["SIGKILL"]),
    },
    {
      name: "a worker that is stopped in the middle of a call",
      doors: ["processes tcp"],
      hears: "DEADLINE_EXCEEDED WORKER_STUCK unknown; it goes on",
      moves: ["workersEnded", "workersStarted"],
      worst: 500,
      attack: last(1, "Target.die", ["SIGSTOP"], 300),
    },
  ],
};
