// Hostile input in short: the first case of each table, by the criterion of judge.ts, and all against one server. The gate plays
// the whole tables instead.

import { suite } from "node:test";
import { playedBy } from "./played.ts";
import { memory } from "./tables/memory.ts";
import { tables } from "./tables.ts";

suite("the first case of each table", () =>
  playedBy(
    tables
      // A server that has few descriptors would be another one, and 400 MiB over 20 connections take their time.
      .filter((table) => table.means?.descriptors === undefined && table !== memory)
      .flatMap(({ name: table, cases: [one] }) =>
        one?.doors[0] === undefined ? [] : [{ table, one, door: one.doors[0] }],
      ),
  ));
