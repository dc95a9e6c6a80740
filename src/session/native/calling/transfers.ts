// The session, the caller's half: objects, functions and streams that calls take along and bring. What a call took along that
// the other side never read is taken back; what it brings when it was given up already is given back. A call of plain data
// never comes here.

import { CallStreams } from "../../../call/call-streams.ts";
import type { CallExtras, TransferBatch } from "../../../call/pending/extras.ts";
import type { PendingCall } from "../../../call/pending/pending.ts";
import { idleTimeoutOf } from "../../../call/terms.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { isReference } from "../../../interface/spec.ts";
import type { ReferenceTransfer } from "../carrying/reference-transfer.ts";
import type { FrameOutput } from "../output/output.ts";
import { handleIn, notDeclared, PromiseParts, type Transfers } from "./plain-transfers.ts";
import type { Promised } from "./promised.ts";
import type { UnsentCalls } from "./unsent.ts";

export class CallTransfers implements Transfers {
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  readonly #transfer: () => ReferenceTransfer;
  /** What calls took along that were given up here before the other side said whether it had read it. */
  #unanswered: Map<number, TransferBatch> | null = null;

  constructor(endpoint: Endpoint, output: FrameOutput, transfer: () => ReferenceTransfer) {
    this.#endpoint = endpoint;
    this.#output = output;
    this.#transfer = transfer;
  }

  get size(): number {
    return this.#unanswered === null ? 0 : this.#unanswered.size;
  }

  load(call: PendingCall, extras: CallExtras, args: readonly unknown[]): readonly unknown[] {
    const { entry } = call;
    extras.target?.begin(extras);
    extras.begun = extras.target !== null;
    if (entry.method.carries === null) return args;
    extras.batch = this.#transfer().sendArguments(entry, args, extras.options, () => this.#streamsOf(call, extras));
    return extras.batch.values;
  }

  unload(call: PendingCall, extras: CallExtras): void {
    if (extras.begun) extras.target?.end(extras);
    extras.begun = false;
    if (extras.over === null && call.id !== 0) this.#unnamed(call);
    // Where the result may be a stream, it is looked at first.
    if (extras.streams !== null && !(extras.answered && !extras.refused)) extras.streams.settled();
    const { batch } = extras;
    if (batch === null) return;
    extras.batch = null;
    for (const held of batch.held) held.end();
    if (batch.handles.length === 0) return;
    if (call.id === 0 || extras.unread) this.#transfer().takeBack(batch);
    else if (!extras.answered) this.#wait(call.id, batch);
  }

  /** The result of this call cannot be called before it is here: the other side need not keep it for that. */
  #unnamed({ id, entry }: PendingCall): void {
    if (isReference(entry.method.carries?.returns ?? null)) this.#transfer().releases.promise(id);
  }

  result(
    call: PendingCall,
    extras: CallExtras,
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
  ): unknown {
    const { entry } = call;
    const carried = (entry.method.carries?.returns ?? null) !== null;
    try {
      const value = this.#endpoint.decoder.value(bytes, start, end, owned, carried);
      if (!carried) return value;
      const wanted = extras.over === null || extras.over.wanted;
      return this.#transfer().receiveResult(entry, value, extras.options, wanted, () => this.#streamsOf(call, extras));
    } finally {
      extras.streams?.settled();
    }
  }

  late(id: number, bytes: Uint8Array, start: number, end: number): void {
    this.answered(id, false);
    const value = handleIn(this.#endpoint, bytes, start, end);
    if (value !== null) this.#transfer().refuse(value);
  }

  answered(id: number, unread: boolean): void {
    const batch = this.#unanswered?.get(id);
    if (batch === undefined) return;
    this.#unanswered?.delete(id);
    if (unread) this.#transfer().takeBack(batch);
  }

  promise(call: PendingCall, result: Promise<unknown>, unsent: UnsentCalls): Promised {
    const { promise } = this.#endpoint.platform.part(PromiseParts);
    if (promise === null) throw notDeclared();
    return promise(this.#endpoint, this.#output, this.#transfer(), call, result, unsent);
  }

  clear(): void {
    this.#unanswered = null;
  }

  /** Bounded, for a side that never answers: the oldest are taken for read, and held until the connection ends. */
  #wait(id: number, batch: TransferBatch): void {
    this.#unanswered ??= new Map();
    const [oldest] = this.#unanswered.keys();
    if (oldest !== undefined && this.#unanswered.size >= this.#endpoint.limits.references)
      this.#unanswered.delete(oldest);
    this.#unanswered.set(id, batch);
  }

  /** The streams of a call: its caller looks after their times and its signals. */
  #streamsOf(call: PendingCall, extras: CallExtras): CallStreams {
    const { options } = extras;
    extras.streams ??= new CallStreams({
      peer: this.#transfer().line.peer,
      call: call.id,
      deadline: call.deadline,
      idle: idleTimeoutOf(options, call.entry.method.idleTimeout, this.#endpoint.limits.timeoutMost),
      signals: signalsOf(call),
      broken: () => {},
    });
    return extras.streams;
  }
}

function signalsOf(call: PendingCall): AbortSignal[] {
  const signals: AbortSignal[] = [];
  for (let watched = call.watched; watched !== null; watched = watched.other) signals.push(watched.signal);
  return signals;
}
