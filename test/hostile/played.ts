// Makes tests of tables: one for each case at each of its doors.

import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import type { Table } from "./case.ts";
import { Judge } from "./judge.ts";

/** Other programs slow this machine's processors down, and its caches: what is judged to the millisecond is docs/hostile.md. */
const patient = 2;

export function play(tables: readonly Table[]): void {
  for (const { name, cases, means } of tables) {
    suite(name, () => {
      const doors = cases.flatMap((one) => one.doors);
      const judge = new Judge(doors, patient, means);
      after(async () => await judge[Symbol.asyncDispose]());
      for (const one of cases) {
        for (const door of one.doors) {
          test(`${door}: ${one.name}`, async () => {
            const { faults } = await judge.try(name, one, door);
            assert.deepEqual(faults, []);
          });
        }
      }
    });
  }
}
