// Workers: a pool. The session stays in this thread and reads headers only; the body's bytes go to the worker that has
// least to do. A worker that dies is replaced, and calls it had not started move to another.

import { notExecuted, UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import { notCarried } from "../interface/missing.ts";
import type { IncomingCall, Target, Workplace } from "../session/contract.ts";
import type { Household } from "../session/platform.ts";
import { unknownMethod } from "../skeleton/table.ts";
import type { StartWorker, WorkerTask } from "./contract.ts";
import { Member, type MemberOwner, PoolCall } from "./member.ts";
import { PoolQueue } from "./queue.ts";
import { PoolTarget, targetsOf } from "./target.ts";

/** Calls given to one worker at once: enough to fill a turn of its event loop, few enough to keep the rest movable. */
const window = 256;
/** Milliseconds before a worker that died before it was ready is replaced: doubled each time, up to the last. */
const firstPause = 100;
const longestPause = 10_000;

export class Pool implements Workplace, MemberOwner {
  readonly #home: Household;
  readonly #task: WorkerTask;
  readonly #startWorker: StartWorker;
  readonly #interfaces: readonly Interface[];
  readonly #targets: ReturnType<typeof targetsOf>;
  readonly #inline: Workplace;
  readonly #queue: PoolQueue;
  #members: Member[] = [];
  #pause = firstPause;
  #closing = false;

  /** @param inline answers for what is not in the workers: reflection */
  constructor(
    home: Household,
    task: WorkerTask,
    interfaces: readonly Interface[],
    start: StartWorker,
    inline: Workplace,
  ) {
    this.#home = home;
    this.#task = task;
    this.#startWorker = start;
    this.#interfaces = interfaces;
    this.#targets = targetsOf(interfaces);
    this.#inline = inline;
    this.#queue = new PoolQueue(home);
  }

  /** Starts the workers; fulfilled when all are ready. Errors: INVALID_ARGUMENT (MODULE_NOT_LOADED), UNAVAILABLE. */
  async open(count: number): Promise<void> {
    const members = Array.from({ length: count }, () => this.#begin());
    try {
      await Promise.all(members.map(({ handle }) => handle.ready));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  find(interfaceName: string, methodName: string): Target | UpcallError {
    const row = this.#targets[interfaceName];
    const target = row?.[methodName];
    if (target === undefined) {
      const own = this.#inline.find(interfaceName, methodName);
      return own instanceof UpcallError
        ? unknownMethod(interfaceName, methodName, Object.keys(this.#targets), row)
        : own;
    }
    const { missing } = target.entry.method;
    if (missing === null) return target;
    return notCarried(target.entry);
  }

  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number): void {
    const { target } = call;
    if (!(target instanceof PoolTarget)) return this.#inline.start(call, bytes, start, end);
    const poolCall = new PoolCall(call, target, bytes.slice(start, end));
    call.tag = poolCall;
    const member = this.#queue.size === 0 ? this.#idlest() : null;
    if (member !== null) member.take(poolCall);
    else if (!this.#queue.add(poolCall)) {
      this.#home.counters.refusedQueue++;
      call.failed(
        notExecuted(
          "RESOURCE_EXHAUSTED",
          "BUSY",
          `all workers are busy and ${this.#queue.size} calls wait for one: try again later`,
        ),
      );
    }
  }

  cancel(call: IncomingCall): void {
    const { tag } = call;
    if (!(tag instanceof PoolCall)) return this.#inline.cancel(call);
    if (tag.member !== null) tag.member.cancel(tag);
    else if (this.#queue.remove(tag))
      call.failed(
        notExecuted("CANCELLED", "EXPIRED", `${tag.target.entry.fullName} was given up while it waited for a worker`),
      );
  }

  room(): void {
    while (this.#queue.size > 0) {
      const member = this.#idlest();
      if (member === null) return;
      const call = this.#queue.next();
      if (call !== undefined) member.take(call);
    }
  }

  move(call: PoolCall): void {
    if (this.#closing)
      return call.call.failed(
        notExecuted("UNAVAILABLE", "CLOSED", "the server was closed before a worker took the call"),
      );
    this.#queue.putBack(call);
    // Not now: the link that the call comes from is still failing its calls one by one.
    this.#home.platform.clock.defer(() => this.room());
  }

  /** Lets the calls that workers have finish, up to the drain limit, and ends the workers. */
  async close(): Promise<void> {
    this.#closing = true;
    for (let call = this.#queue.next(); call !== undefined; call = this.#queue.next()) this.move(call);
    await Promise.all(this.#members.map((member) => member.close()));
  }

  /** The open worker with the fewest calls, or null when each has as many as it may. */
  #idlest(): Member | null {
    let best: Member | null = null;
    for (const member of this.#members) {
      if (member.open && member.load < window && (best === null || member.load < best.load)) best = member;
    }
    return best;
  }

  #begin(): Member {
    const handle = this.#startWorker(this.#task, "owner");
    const member = new Member(this.#home, handle, this.#interfaces, this);
    this.#home.counters.workersStarted++;
    this.#members.push(member);
    void handle.ready.then(
      () => {
        this.#pause = firstPause;
      },
      () => {},
    );
    void handle.gone.then(() => this.#replace(member));
    return member;
  }

  /** At once where it had been working; later and later where it never got ready. */
  #replace(member: Member): void {
    this.#members = this.#members.filter((other) => other !== member);
    if (this.#closing) return;
    this.#home.counters.workersLost++;
    const again = (): void => {
      if (this.#closing) return;
      this.#begin();
      this.room();
    };
    void member.handle.ready.then(again, () => {
      this.#home.platform.clock.after(this.#pause, again);
      this.#pause = Math.min(this.#pause * 2, longestPause);
    });
  }
}
