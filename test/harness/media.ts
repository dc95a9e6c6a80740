// The media whose connections carry the native wire, as one table that every test of calls runs over.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

export interface MediumUnderTest {
  readonly name: string;
  /** An address nobody has used yet. */
  url(): string;
}

const folder = mkdtempSync(join(tmpdir(), "upcall-calls-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

export const media: readonly MediumUnderTest[] = [
  { name: "tcp", url: () => "tcp://localhost:0" },
  { name: "unix", url: () => `unix:${join(folder, `${++count}.sock`)}` },
  { name: "memory", url: () => `memory:calls-${++count}` },
];
