// The judge: plays a case against a server process while a well-behaved client goes on calling it, and says whether the
// criterion was kept. It knows nothing of what is sent.

import { fileURLToPath } from "node:url";
import { type Case, type Door, type Means, Offence } from "./case.ts";
import type { Reading } from "./monitor.ts";
import { Watched } from "./watched.ts";

const MiB = 1024 * 1024;

/** What every case is held to. @public bench/hostile holds other libraries to it. */
export const criterion = {
  /** Milliseconds for which the event loop may not turn. */
  stall: 50,
  /** MiB by which memory may grow while it lasts, where the case says nothing else ... */
  memory: 64,
  /** ... and that may be left when it is over: what is kept to be used again. */
  left: 16,
} as const;

/**
 * How often a case is played at most where nothing but a stall speaks against it: a collection may fall into one.
 * @public as above
 */
export const rounds = 4;

/** Milliseconds that an attack may take, by the wall's clock: others may have the machine meanwhile. */
const attackTime = 100_000;

/** Milliseconds that may pass until the server has seen that the offender is gone. */
const patience = 60_000;

/** Milliseconds in which memory must have come back. */
const memoryTime = 10_000;

export interface Verdict {
  readonly table: string;
  readonly name: string;
  readonly door: string;
  /** What the offender was told. */
  readonly heard: string;
  /** Milliseconds, MiB, calls. */
  readonly stall: number;
  readonly grown: number;
  readonly left: number;
  readonly calls: number;
  readonly lost: number;
  /** Milliseconds of the witness's slowest call. */
  readonly worst: number;
  /** Milliseconds that the attack took. */
  readonly took: number;
  /** What was not as it must be. */
  readonly faults: readonly string[];
}

const file = (name: string): string => fileURLToPath(new URL(`./modules/${name}.js`, import.meta.url));

/** Wire and end as the witness is told them. */
function wireOf(door: string): string {
  return /(newline|half-close|chunk|doors|secret)/.exec(door)?.[0] ?? "native";
}

export class Judge implements AsyncDisposable {
  readonly #doors: readonly Door[];
  readonly #patient: number;
  /** By how much longer the other client may wait: more, since that is by the wall's clock, at which others take part. */
  readonly #mercy: number;
  readonly #means: Means;
  #server: Watched | null = null;
  #witness: Watched | null = null;
  /** The server as it was when the last case was over. */
  #backoff: Reading | null = null;

  /**
   * @param doors those that its cases go to
   * @param patient by how much longer than is said the event loop may stand still
   * @param means what the served process has
   */
  constructor(doors: readonly Door[], patient = 1, means: Means = {}) {
    this.#doors = [...new Set(doors)];
    this.#patient = patient;
    this.#mercy = 2 * patient - 1;
    this.#means = means;
  }

  /** Plays a case at one of its doors. */
  async try(table: string, one: Case, door: Door): Promise<Verdict> {
    let best: Verdict | null = null;
    for (let round = 0; round < rounds; round++) {
      const verdict = await this.#play(table, one, door);
      if (best === null || verdict.stall < best.stall) best = verdict;
      if (verdict.faults.length === 0 || verdict.faults.some((fault) => !/^(?:the event loop|a call of)/.test(fault)))
        return verdict;
    }
    if (best === null) throw new Error("nothing was played");
    return best;
  }

  async #play(table: string, one: Case, door: Door): Promise<Verdict> {
    const { server, witness } = await this.#open();
    const [name, medium] = [door.replace(/ (tcp|unix)$/, ""), /(tcp|unix)$/.exec(door)?.[0]];
    const urls = server.ready[name] as readonly string[];
    const url = urls.find((each) => each.startsWith(`${medium}:`)) ?? "";
    const calm = await witness.counters();
    const before = this.#backoff ?? (await server.reading("rest"));
    const offence = new Offence(url, door, before?.counters ?? {}, async () => await server.counters());
    const begun = performance.now();
    const heard = await ended(one.attack(offence));
    const took = performance.now() - begun;
    // What the parting of many costs is a stall like any other; what the forced collection costs is none.
    const during = await server.reading("rest");
    await offence.leave();
    await this.#settled(server, name, before);
    // The next case begins with it.
    const after = await this.#back(server, before);
    this.#backoff = after;
    const counters = await witness.counters();
    const faults: string[] = [];
    const grown = megabytes(before, during);
    const left = megabytes(before, after);
    const stall = Math.max(during?.stall ?? 0, after?.stall ?? 0);
    const lost = (counters["lost"] ?? 0) - (calm["lost"] ?? 0);
    if (server.death !== null || before === null || during === null || after === null) {
      faults.push(`the server is dead: ${server.death}`);
      await this.#close();
    } else {
      if (stall > criterion.stall * this.#patient) faults.push(`the event loop stood still for ${stall.toFixed(0)} ms`);
      const most = one.memory ?? criterion.memory;
      if (grown > most) faults.push(`it grew by ${grown.toFixed(1)} MiB, more than ${most}`);
      const resident = (during.resident - before.resident) / MiB;
      if (one.resident !== undefined && resident > one.resident)
        faults.push(`the process grew by ${resident.toFixed(0)} MiB, more than ${one.resident}`);
      if (left > criterion.left) faults.push(`${left.toFixed(1)} MiB were left`);
      for (const what of after.unhandled.slice(before.unhandled.length)) faults.push(`unhandled ${what}`);
      for (const what of after.tripped.slice(before.tripped.length)) faults.push(`${what} has run`);
      for (const what of after.changed) faults.push(`${what} is changed`);
      for (const counter of one.moves) {
        const key = `${name} ${counter}`;
        if (!((after.counters[key] ?? 0) > (before.counters[key] ?? 0)))
          faults.push(`the counter ${counter} stood still`);
      }
    }
    if (lost > 0) {
      const well = await witness.reading("read");
      faults.push(`the other client lost ${lost} calls: ${well?.tripped[0]}`);
    }
    const calls = (counters["calls"] ?? 0) - (calm["calls"] ?? 0);
    if (calls === 0 && took > 200 * this.#mercy) faults.push("the other client was not served");
    if (typeof one.hears === "string" ? heard !== one.hears : !one.hears.test(heard))
      faults.push(`the offender was told "${heard}" instead of "${one.hears}"`);
    const worst = counters["worst"] ?? 0;
    if (one.worst !== undefined && worst > one.worst * this.#mercy)
      faults.push(`a call of the other client took ${worst.toFixed(0)} ms`);
    return { table, name: one.name, door, heard, stall, grown, left, calls, lost, worst, took, faults };
  }

  /** Waits until the server has let go of everybody but the witness, and runs nothing more. */
  async #settled(server: Watched, name: string, before: Reading | null): Promise<void> {
    const calm = before?.counters[`${name} connectionsNow`] ?? 0;
    const until = performance.now() + patience;
    while (server.death === null && performance.now() < until) {
      const counters = await server.counters();
      if ((counters[`${name} connectionsNow`] ?? 0) <= calm && (counters[`${name} runningNow`] ?? 0) <= calm) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** A reading of when memory has come back, or of when it did not. */
  async #back(server: Watched, before: Reading | null): Promise<Reading | null> {
    // Stalls are counted up to the first one: nothing happens any more.
    let after = await server.reading("rest");
    const stall = after?.stall ?? 0;
    const until = performance.now() + memoryTime;
    while (after !== null && performance.now() < until && megabytes(before, after) > criterion.left) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      after = await server.reading("rest");
    }
    return after === null ? null : { ...after, stall };
  }

  async #open(): Promise<{ server: Watched; witness: Watched }> {
    if (this.#server !== null && this.#witness !== null) return { server: this.#server, witness: this.#witness };
    const names = [...new Set(this.#doors.map((door) => door.replace(/ (tcp|unix)$/, "")))];
    const server = await Watched.start(file("server"), names, this.#means);
    const witnessed = names.flatMap((name) =>
      (server.ready[name] as readonly string[]).flatMap((url) => [wireOf(name), url]),
    );
    const witness = await Watched.start(file("witness"), witnessed);
    this.#server = server;
    this.#witness = witness;
    return { server, witness };
  }

  async #close(): Promise<void> {
    await this.#witness?.[Symbol.asyncDispose]();
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = null;
    this.#witness = null;
    this.#backoff = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** An attack that waits for what does not come is over as well. */
async function ended(attack: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve("nothing, and it waits"), attackTime);
  });
  const heard = await Promise.race([attack, late]);
  clearTimeout(timer);
  // It ends with its connections.
  attack.catch(() => {});
  return heard;
}

function megabytes(before: Reading | null, now: Reading | null): number {
  return before === null || now === null ? 0 : (now.held - before.held) / MiB;
}
