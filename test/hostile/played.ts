// Makes tests of tables: one for each case at each of its doors.

import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import type { Table } from "./case.ts";
import { Judge } from "./judge.ts";

export function play(tables: readonly Table[]): void {
  const judge = new Judge(tables.flatMap(({ cases }) => cases.flatMap(({ doors }) => doors)));
  after(async () => await judge[Symbol.asyncDispose]());
  for (const { name, cases } of tables) {
    suite(name, () => {
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
