// Workers: a method of a pool's interface, known in the main thread by its number only; the object is in the workers.

import type { Target } from "../contract/callee.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";

export class PoolTarget implements Target {
  readonly subject: Interface;
  readonly index: number;
  readonly entry: MethodEntry;

  constructor(subject: Interface, index: number, entry: MethodEntry) {
    this.subject = subject;
    this.index = index;
    this.entry = entry;
  }
}

type Row = Record<string, PoolTarget>;

/** All methods of all interfaces, in tables without a prototype. */
export function targetsOf(interfaces: readonly Interface[]): Record<string, Row> {
  const rows = Object.create(null) as Record<string, Row>;
  for (const subject of interfaces) {
    const row = Object.create(null) as Row;
    for (const [index, entry] of subject.table.entries()) row[entry.name] = new PoolTarget(subject, index, entry);
    rows[subject.name] = row;
  }
  return rows;
}
