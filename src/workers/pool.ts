// Workers: a pool. The session stays in this thread and reads headers only; the body's bytes go to the worker that has
// least to do. A worker that dies is replaced, and calls it had not started move to another.

import { ReferenceCaller } from "../call/pending/reference-caller.ts";
import type { Dispatcher, Holder, IncomingCall, Target } from "../contract/callee.ts";
import { memoryCrowded } from "../endpoint/memory-budget.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import { localPeer } from "../peer.ts";
import { unknownMethod } from "../skeleton/table.ts";
import { type Loss, LostWorkers, noWorker } from "./lost-workers.ts";
import { ObservedWorkers } from "./observing.ts";
import { PassedMethod } from "./passed-on.ts";
import { PoolCall } from "./pool-call.ts";
import { PoolTarget, targetsOf } from "./pool-target.ts";
import { PoolWorker, type PoolWorkerOwner } from "./pool-worker.ts";
import { objectLost, PoolEntrance } from "./pooling.ts";
import { PoolQueue } from "./queue.ts";
import type { Ending, StartWorker, WorkerTask } from "./worker-contract.ts";

/** Calls given to one worker at once: enough to fill a turn of its event loop, few enough to keep the rest movable. */
const maxCallsAtWorker = 256;
/** And so many more from callers that have no other call here: those who have many do not keep them out. */
const reservedCallsAtWorker = 32;
/** Bytes of arguments that are kept until their call is settled and not counted: with all places taken, a few MiB. */
const uncountedBytes = 4 * 1024;
/** Milliseconds before a worker that died before it answered any call is replaced: doubled each time, up to the last. */
const firstPause = 100;
const maxPauseMs = 10_000;

export class Pool implements Dispatcher, PoolWorkerOwner {
  readonly #endpoint: Endpoint;
  readonly #task: WorkerTask;
  readonly #startWorker: StartWorker;
  readonly #interfaces: readonly Interface[];
  readonly #targets: ReturnType<typeof targetsOf>;
  readonly #inline: Dispatcher;
  readonly #queue: PoolQueue;
  readonly #entrance: PoolEntrance;
  readonly #lost: LostWorkers;
  readonly #observed: ObservedWorkers;
  #members: PoolWorker[] = [];
  /** The loss of the one that was lost last, and why it was never ready, until another is ready. */
  #missing: { readonly loss: Loss; readonly unready: UpcallError | null } | null = null;
  /** All were ready once: from then on those that are lost are replaced. */
  #opened = false;
  #closing = false;
  /** Calls that workers have ended since the beginning, and that a caller waited for. */
  #ended = 0;

  /** @param inline answers for what is not in the workers: reflection */
  constructor(
    endpoint: Endpoint,
    task: WorkerTask,
    interfaces: readonly Interface[],
    start: StartWorker,
    inline: Dispatcher,
  ) {
    this.#endpoint = endpoint;
    this.#task = task;
    this.#startWorker = start;
    this.#interfaces = interfaces;
    this.#targets = targetsOf(interfaces);
    this.#inline = inline;
    this.#queue = new PoolQueue(endpoint, () => this.#none());
    this.#lost = new LostWorkers(endpoint);
    this.#observed = new ObservedWorkers(endpoint);
    this.#entrance = new PoolEntrance(endpoint);
  }

  /** Starts the workers; fulfilled when all are ready. @throws UpcallError INVALID_ARGUMENT (MODULE_NOT_LOADED), UNAVAILABLE */
  async open(count: number): Promise<void> {
    const members = Array.from({ length: count }, () => this.#begin(0));
    try {
      await Promise.all(members.map(({ handle }) => handle.ready));
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#opened = true;
    for (const member of members) if (member.loss !== null) this.#replace(member, 0);
  }

  find(interfaceName: string, methodName: string, holder: Holder | null): Target | UpcallError {
    const row = this.#targets[interfaceName];
    const target = row?.[methodName];
    if (target === undefined) {
      const own = this.#inline.find(interfaceName, methodName, holder);
      return own instanceof UpcallError
        ? unknownMethod(interfaceName, methodName, Object.keys(this.#targets), row)
        : own;
    }
    return target;
  }

  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const { target } = call;
    if (target instanceof PassedMethod) return this.#ofObject(call, target, bytes, start, end, owned);
    if (!(target instanceof PoolTarget)) return this.#inline.start(call, bytes, start, end, owned);
    const member = this.#memberFor(call);
    // Before anything is read or copied: a call that is refused should cost next to nothing.
    if (member === null || member.load > 0) {
      const refusal = this.#queue.refusal(call, this.#members, this.#ended);
      if (refusal !== null) return call.failed(refusal);
    }
    if (end - start > uncountedBytes && !call.hold(end - start)) return call.failed(memoryCrowded());
    const poolCall = this.#entrance.enter(call, target, null, bytes, start, end, owned);
    if (poolCall === null) return;
    call.tag = poolCall;
    if (member !== null) member.take(poolCall);
    else if (!this.#queue.add(poolCall)) call.failed(this.#queue.full());
  }

  /** Values go to a worker as bytes. */
  startWith(call: IncomingCall, args: unknown[]): void {
    const { encoder, platform } = this.#endpoint;
    const writer = platform.writers.take();
    try {
      encoder.list(writer, args, "arguments");
      this.start(call, writer.bytes, 0, writer.position, false);
    } catch (error) {
      call.failed(error as UpcallError);
    } finally {
      platform.writers.give(writer);
    }
  }

  #memberFor(call: IncomingCall): PoolWorker | null {
    const member = this.#queue.size === 0 ? this.#idlest(maxCallsAtWorker) : null;
    return member === null && call.alone ? this.#idlest(maxCallsAtWorker + reservedCallsAtWorker) : member;
  }

  cancel(call: IncomingCall): void {
    const { tag } = call;
    if (!(tag instanceof PoolCall)) return this.#inline.cancel(call);
    tag.cancelled = true;
    if (tag.member !== null) tag.member.cancel(tag);
    else if (this.#queue.remove(tag)) this.#unwanted(tag);
  }

  lost(ending: Ending): Loss {
    return this.#lost.lost(ending);
  }

  dispose(object: object, name: string, peer: string): void {
    this.#inline.dispose(object, name, peer);
  }

  done(call: PoolCall): void {
    // Those that were given up cost their worker little.
    if (!call.cancelled) this.#ended++;
    this.#next();
  }

  room(member: PoolWorker): void {
    this.#missing = null;
    this.#lost.ready(member.handle.name);
    this.#next();
  }

  #next(): void {
    while (this.#queue.size > 0) {
      const member = this.#idlest(maxCallsAtWorker);
      if (member === null) return;
      const call = this.#queue.next();
      if (call !== null && this.#queue.isLate(call)) this.#unwanted(call);
      else if (call !== null) member.take(call);
    }
  }

  move(call: PoolCall): void {
    if (this.#closing)
      return call.incoming.failed(
        notExecuted("UNAVAILABLE", "CLOSED", "the server was closed before a worker took the call"),
      );
    if (call.cancelled) return this.#unwanted(call);
    if (call.object !== null) return call.incoming.failed(objectLost(call.target));
    this.#queue.putBack(call);
    // Not now: the link that the call comes from is still failing its calls one by one.
    this.#endpoint.platform.clock.defer(() => this.#next());
  }

  /** Lets the calls that workers have finish, up to the drain limit, and ends the workers. */
  async close(): Promise<void> {
    this.#closing = true;
    for (let call = this.#queue.next(); call !== null; call = this.#queue.next()) this.move(call);
    await Promise.all(this.#members.map((member) => member.close()));
    this.#lost.close();
  }

  /** A call of an object that is in one of the workers, or whose caller is elsewhere altogether. */
  #ofObject(
    call: IncomingCall,
    target: PassedMethod,
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
  ): void {
    const { caller } = target.state;
    const object = caller instanceof ReferenceCaller ? caller : null;
    const member = object === null ? undefined : this.#members.find((one) => one.has(object));
    if (object === null || member === undefined) return this.#inline.start(call, bytes, start, end, owned);
    if (!member.open) return call.failed(objectLost(target));
    if (end - start > uncountedBytes && !call.hold(end - start)) return call.failed(memoryCrowded());
    const poolCall = this.#entrance.enter(call, target, object, bytes, start, end, owned);
    if (poolCall === null) return;
    call.tag = poolCall;
    member.take(poolCall);
  }

  /** The open worker with the fewest calls, or null when each has `most` of them. */
  #idlest(most: number): PoolWorker | null {
    let best: PoolWorker | null = null;
    for (const member of this.#members) {
      if (member.open && member.load < most && (best === null || member.load < best.load)) best = member;
    }
    return best;
  }

  /** A call that was given up, or whose deadline passed, before a worker came to it. */
  #unwanted({ incoming, target }: PoolCall): void {
    const { platform, counters } = this.#endpoint;
    const { fullName } = target.entry;
    const late = platform.clock.now() >= incoming.deadline - 1;
    if (late) counters.expired++;
    incoming.failed(
      late
        ? notExecuted("DEADLINE_EXCEEDED", "EXPIRED", `the deadline of ${fullName} passed while it waited for a worker`)
        : notExecuted("CANCELLED", "ABORTED", `${fullName} was given up while it waited for a worker`),
    );
  }

  /** @param failures how many workers in this place died one after the other without having answered a call */
  #begin(failures: number): PoolWorker {
    const handle = this.#startWorker(this.#task, localPeer("owner"));
    const member = new PoolWorker(this.#endpoint, handle, this.#interfaces, this);
    this.#observed.add(handle, (event) => member.translated(event), null);
    this.#endpoint.counters.workersStarted++;
    this.#members.push(member);
    void handle.gone.then(() => this.#replace(member, failures));
    return member;
  }

  /** At once where it had been working; later and later where none comes so far. */
  #replace(member: PoolWorker, failures: number): void {
    if (!this.#opened || this.#closing) return;
    this.#members = this.#members.filter((other) => other !== member);
    if (!member.ended) this.#endpoint.counters.workersLost++;
    const pause = member.answered > 0 || member.ended ? 0 : Math.min(firstPause * 2 ** failures, maxPauseMs);
    const { ending, loss, unready } = member;
    if (ending !== null && loss !== null)
      this.#missing = { loss: this.#lost.tell(ending, loss, unready, nextOne(pause)), unready };
    if (pause === 0) {
      this.#begin(0);
      return;
    }
    this.#endpoint.platform.clock.after(pause, () => {
      if (!this.#closing) this.#begin(failures + 1);
    });
  }

  /** Why no worker is there; null where one is. */
  #none(): UpcallError | null {
    const missing = this.#missing;
    return missing === null || this.#members.some(({ open }) => open) ? null : noWorker(missing.loss, missing.unready);
  }
}

function nextOne(pause: number): string {
  return pause === 0
    ? "another one is started now"
    : `the next attempt to start one is in ${pause} ms, and later ones come later, up to ${maxPauseMs} ms apart`;
}
