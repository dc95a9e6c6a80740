// One table of the models of workers and the media for all suites that are to hold wherever an upcall is made. It knows how
// much of the table each tier plays, and no suite.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import {
  type ConnectOptions,
  close,
  connect,
  type Interface,
  type MediumName,
  type ProxyOf,
  refusal,
  type ServeOptions,
  type Server,
  serve,
  type WireName,
  type Workers,
  type WorkersKind,
} from "upcall";
import { ofTier, tier } from "./tier.ts";

/** One combination: where upcalls are made, and what calls come over. */
export interface Place {
  readonly workers: Workers;
  readonly kind: WorkersKind;
  readonly medium: MediumName;
  /** As tests are named by it: `threads:2 over unix`. */
  readonly name: string;
  /** An address that nobody has used yet. */
  readonly url: () => string;
}

export interface Matrix {
  /** `native` where none is said. */
  readonly wire?: WireName;
  /** `tcp`, `unix` and `memory` where none are said. */
  readonly media?: readonly MediumName[];
  /** All five where none are said. */
  readonly kinds?: readonly WorkersKind[];
  /** How many workers a pool has; 2 where it is not said. */
  readonly size?: number;
  /**
   * For suites that start many workers: `quick` plays two of the four kinds that start any, one of threads and one of
   * processes, one a pool and one not, and `gate` plays each over one medium.
   */
  readonly sparing?: boolean;
  /** Makes a test of what cannot be combined and is refused when serving; such places are left out where it is not given. */
  readonly refused?: (place: Place, sentence: string) => void | Promise<void>;
}

/** What a sparing suite plays in `quick`, by turns. */
const pairs: readonly (readonly WorkersKind[])[] = [
  ["inline", "threads", "processes per connection"],
  ["inline", "processes", "threads per connection"],
];

const kinds: Readonly<Record<WorkersKind, (size: number) => Workers>> = {
  inline: () => "inline",
  threads: (size) => `threads:${size}`,
  processes: (size) => `processes:${size}`,
  "threads per connection": () => "threads:per-connection",
  "processes per connection": () => "processes:per-connection",
};
const everyKind: readonly WorkersKind[] = Object.keys(kinds) as WorkersKind[];
/** Those that start workers. */
export const startedKinds: readonly WorkersKind[] = everyKind.filter((kind) => kind !== "inline");

let folder: string | null = null;
let count = 0;
after(() => {
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
});

/** An address of a medium that nobody has used yet. */
function unusedUrl(medium: MediumName): string {
  count++;
  if (medium === "tcp" || medium === "udp") return `${medium}://127.0.0.1:0`;
  if (medium === "memory") return `memory:place-${count}`;
  folder ??= mkdtempSync(join(tmpdir(), "upcall-places-"));
  return `unix:${join(folder, `${count}.sock`)}`;
}

function placeOf(medium: MediumName, kind: WorkersKind, size: number): Place {
  const workers = kinds[kind](size);
  return { workers, kind, medium, name: `${workers} over ${medium}`, url: () => unusedUrl(medium) };
}

/**
 * The places of this run. `all` plays every one. `quick` plays each model over one medium and leaves no medium out, `gate`
 * each over two, and inline over all; which ones differs from suite to suite, so that together they play every place.
 *
 * @param about By which the places of `quick` and `gate` are chosen.
 */
export function placesOf(about: string, matrix: Matrix = {}): Place[] {
  const { media = ["tcp", "unix", "memory"], size = 2, wire = "native", sparing = false } = matrix;
  let turn = Array.from(about).reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const played = sparing && tier === "quick" ? pairs[turn % 2] : everyKind;
  return (matrix.kinds ?? everyKind).flatMap((kind) => {
    if (!played?.includes(kind)) return [];
    const possible = media.filter((medium) => refusal(medium, wire, kind) === null);
    const most = ofTier({
      quick: 1,
      gate: sparing ? 1 : kind === "inline" ? possible.length : 2,
      all: possible.length,
    });
    turn++;
    return possible
      .map((_, i) => possible[(turn + i) % possible.length] ?? "tcp")
      .slice(0, most)
      .map((medium) => placeOf(medium, kind, size));
  });
}

/** Makes a suite for each place: `everyModel("order", {}, (place) => { test(...) })`. */
export function everyModel(about: string, matrix: Matrix, body: (place: Place) => void): void {
  for (const place of placesOf(about, matrix)) suite(`${about}: ${place.name}`, () => body(place));
  const { media = ["tcp", "unix", "memory"], size = 2, wire = "native", refused } = matrix;
  if (refused === undefined) return;
  for (const kind of matrix.kinds ?? everyKind)
    for (const medium of media) {
      const sentence = refusal(medium, wire, kind);
      if (sentence === null) continue;
      const place = placeOf(medium, kind, size);
      test(`${about}: ${place.name} is refused when serving: ${sentence}`, () => refused(place, sentence));
    }
}

/** What all tests of a place share. */
export interface Shared<I extends Interface> {
  readonly server: Server;
  readonly proxy: ProxyOf<I>;
}

export interface SharedTerms {
  readonly serving?: ServeOptions;
  readonly calling?: ConnectOptions;
  /** Serves all interfaces of the module, and not the subject alone. */
  readonly whole?: boolean;
}

/**
 * Has all tests of a suite share a server and a connection to it, because starting workers is what costs: what they count
 * are differences, and they give back what they were given.
 *
 * @returns what gives both while the tests run
 */
export function shared<I extends Interface>(
  place: Place,
  subject: I,
  module: URL,
  { serving = {}, calling = {}, whole = false }: SharedTerms = {},
): () => Shared<I> {
  let opened: Shared<I> | null = null;
  before(async () => {
    const options = { ...serving, workers: place.workers };
    const server = await (whole ? serve(module, place.url(), options) : serve(subject, module, place.url(), options));
    opened = { server, proxy: await connect(subject, server.url, calling) };
  });
  after(async () => {
    if (opened === null) return;
    await close(opened.proxy);
    await opened.server.close();
  });
  return () => {
    if (opened === null) throw new Error("nothing is served before the first test");
    return opened;
  };
}
