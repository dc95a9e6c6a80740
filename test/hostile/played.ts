// Makes tests of tables, one for each case at each door that the tier has time for: the gate plays each case at one of its
// doors, all plays it at every one of them. What quick plays is in first.test.ts.

import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { reaches } from "../harness/tier.ts";
import type { Case, Door, Means, Table } from "./case.ts";
import { Judge } from "./judge.ts";

/** Other programs slow this machine's processors down, and its caches: what is judged to the millisecond is docs/hostile.md. */
const patient = 2;

export interface Play {
  /** The table's name. */
  readonly table: string;
  readonly one: Case;
  readonly door: Door;
}

export function play(tables: readonly Table[]): void {
  for (const { name: table, cases, means } of tables) {
    // The doors take turns from case to case, so that the gate opens every one of them.
    const plays = cases.flatMap((one, index) =>
      one.doors
        .filter((_, at) => reaches("all") || at === index % one.doors.length)
        .map((door) => ({ table, one, door })),
    );
    suite(table, () => playedBy(plays, means));
  }
}

/** A test for each of them, all against the same server. */
export function playedBy(plays: readonly Play[], means?: Means): void {
  const judge = new Judge(
    plays.map(({ door }) => door),
    patient,
    means,
  );
  after(async () => await judge[Symbol.asyncDispose]());
  for (const { table, one, door } of plays)
    test(`${door}: ${one.name}`, async () => {
      const { faults } = await judge.try(table, one, door);
      assert.deepEqual(faults, []);
    });
}
