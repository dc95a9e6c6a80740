// The media whose connections carry the native wire, as one table that every test of calls runs over.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Medium } from "upcall";
import { pipe } from "../../examples/own-medium/pipe.ts";

export interface MediumUnderTest {
  readonly name: string;
  /** An address nobody has used yet. */
  url(): string;
  /** What is said to serve it and to connect to it. */
  readonly options?: { readonly media?: readonly Medium[] };
}

const folder = mkdtempSync(join(tmpdir(), "upcall-calls-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

export const media: readonly MediumUnderTest[] = [
  { name: "tcp", url: () => "tcp://localhost:0" },
  { name: "unix", url: () => `unix:${join(folder, `${++count}.sock`)}` },
  { name: "memory", url: () => `memory:calls-${++count}` },
];

/** The same, and one that a program brings. */
export const allMedia: readonly Required<MediumUnderTest>[] = [
  ...media.map((medium) => ({ options: {}, ...medium })),
  { name: "pipe, of the program's own", url: () => `pipe:calls-${++count}`, options: { media: [pipe] } },
];
