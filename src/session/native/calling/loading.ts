// The session, the caller's half: what calls carry: loaded before they go out, and looked after when they end. What a
// call took along that the other side never read is taken back; what it brings that nobody waits for is given back.

import { CallStreams } from "../../../call/call-streams.ts";
import { LocalCaller } from "../../../call/local/local.ts";
import type { Cargo, Parcel } from "../../../call/pending/cargo.ts";
import type { PendingCall, RawReply } from "../../../call/pending/pending.ts";
import { watchCall } from "../../../call/pending/watch-pending.ts";
import { idleTimeoutOf } from "../../../call/terms.ts";
import { Handle, handleBytes } from "../../../codec/handle.ts";
import type { Household } from "../../../endpoint/platform.ts";
import { resultUnreadable } from "../../../failure/call-endings.ts";
import { isExhausted } from "../../../failure/read-error.ts";
import { subjectOf } from "../../../interface/callback.ts";
import { type Interface, isOwnMethod } from "../../../interface/define.ts";
import { isReference } from "../../../interface/spec.ts";
import { kind } from "../../../wire/native/frame.ts";
import type { Carriage } from "../carrying/carriage.ts";
import type { Outbox } from "../output/outbox.ts";
import { letGo } from "../references/passing.ts";
import { Promised } from "./promised.ts";
import type { UnsentCalls } from "./unsent.ts";

/** The first bytes of a value that is a handle: an extension of so many bytes. */
const handleHead = [0xc7, handleBytes, 7] as const;
const handleLength = handleHead.length + handleBytes;

export class Loading {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #carriage: () => Carriage;
  /** What calls took along that were given up here before the other side said whether it had read it. */
  #unanswered: Map<number, Parcel> | null = null;

  constructor(home: Household, outbox: Outbox, carriage: () => Carriage) {
    this.#home = home;
    this.#outbox = outbox;
    this.#carriage = carriage;
  }

  get size(): number {
    return this.#unanswered === null ? 0 : this.#unanswered.size;
  }

  /** Gives what is marshalled. Errors: those of the carriage, and of what the call is aimed at. */
  load(call: PendingCall, cargo: Cargo, args: readonly unknown[]): readonly unknown[] {
    const { entry } = call;
    cargo.aim?.begin(cargo);
    cargo.aimed = cargo.aim !== null;
    if (entry.method.carries === null) return args;
    cargo.parcel = this.#carriage().sendArguments(entry, args, cargo.options, () => this.#streamsOf(call, cargo));
    return cargo.parcel.values;
  }

  /** The call is settled here. */
  unload(call: PendingCall, cargo: Cargo): void {
    if (cargo.aimed) cargo.aim?.end(cargo);
    cargo.aimed = false;
    if (cargo.over === null && call.id !== 0) this.#unnamed(call);
    // Where the result may be a stream, it is looked at first.
    if (cargo.streams !== null && !(cargo.answered && !cargo.refused)) cargo.streams.settled();
    const { parcel } = cargo;
    if (parcel === null) return;
    cargo.parcel = null;
    for (const held of parcel.held) held.end();
    if (parcel.handles.length === 0) return;
    if (call.id === 0 || cargo.unread) this.#carriage().takeBack(parcel);
    else if (!cargo.answered) this.#wait(call.id, parcel);
  }

  /** Nobody can call the result of this call before it is here: the other side need not keep it for that. */
  #unnamed({ id, entry }: PendingCall): void {
    if (isReference(entry.method.carries?.returns ?? null)) this.#carriage().releases.promise(id);
  }

  /** Settles a call that has more than plain data by its reply. */
  unpack(call: PendingCall, cargo: Cargo, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    let value: unknown;
    try {
      value = this.#result(call, cargo, bytes, start, end, owned);
    } catch (error) {
      return this.unreadable(call, error);
    }
    if (this.#home.observer !== null)
      watchCall(this.#home, this.#outbox.connection, "reply", "decode", call, end - start);
    call.resolve(value);
    cargo.over?.settled(value, null);
  }

  /** The decoder refused a reply. What upcall itself answers, reflection, is held to no limit of the user's values. */
  misread(call: PendingCall, error: unknown, bytes: Uint8Array, start: number, end: number): void {
    if (isOwnMethod(call.entry)) {
      try {
        return call.resolve(this.#home.ownDecoder.value(bytes, start, end));
      } catch {
        // Then it is told as of any other.
      }
    }
    // It may be a reference that the interface on this side does not declare: nobody here will close it.
    this.unreadable(call, error);
    this.late(call.id, bytes, start, end);
  }

  /** Settles a call whose reply cannot be read. */
  unreadable(call: PendingCall, error: unknown): void {
    this.#home.counters.badArguments++;
    call.fail(isExhausted(error) ? error : resultUnreadable(call, error));
  }

  /** What a reply says. Errors: of the decoder, and of the carriage. */
  #result(call: PendingCall, cargo: Cargo, bytes: Uint8Array, start: number, end: number, owned: boolean): unknown {
    const { entry } = call;
    const carried = (entry.method.carries?.returns ?? null) !== null;
    try {
      const value = this.#home.decoder.value(bytes, start, end, owned, carried);
      if (!carried) return value;
      const wanted = cargo.over === null || cargo.over.wanted;
      return this.#carriage().receiveResult(entry, value, cargo.options, wanted, () => this.#streamsOf(call, cargo));
    } finally {
      cargo.streams?.settled();
    }
  }

  /** A result for a pool, which decodes nothing but what carries something. */
  raw(call: PendingCall, raw: RawReply, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    if (call.cargo === null || (call.entry.method.carries?.returns ?? null) === null)
      return raw.returnedBody(bytes, start, end, owned);
    try {
      const value = this.#result(call, call.cargo, bytes, start, end, false);
      raw.returned(value);
      letGo(this.#home.platform.references, value);
    } catch (error) {
      raw.unreadable(resultUnreadable(call, error));
    }
  }

  /** A reply to a call that was given up: what it brings is given back. */
  late(id: number, bytes: Uint8Array, start: number, end: number): void {
    this.answered(id, false);
    if (end - start !== handleLength || handleHead.some((byte, index) => bytes[start + index] !== byte)) return;
    try {
      const value = this.#home.decoder.value(bytes, start, end, false, true);
      if (value instanceof Handle) this.#carriage().refuse(value);
    } catch {
      // It only looked like a handle, and nobody waits for it.
    }
  }

  /** The other side has answered a call that was given up here. */
  answered(id: number, unread: boolean): void {
    const parcel = this.#unanswered?.get(id);
    if (parcel === undefined) return;
    this.#unanswered?.delete(id);
    if (unread) this.#carriage().takeBack(parcel);
  }

  /** The result of a call, as something to call. @param unsent where calls of it wait */
  promise(call: PendingCall, result: Promise<unknown>, unsent: UnsentCalls): Promised {
    const carriage = this.#carriage();
    const promised = new Promised(call, result, {
      line: carriage.line,
      whole: ({ id }) => !this.#outbox.long.has(kind.call, id),
      release: ({ id }) => carriage.releases.promise(id),
      callerOf: (value) => this.#home.platform.references.callerOf(value),
      local: (value) => new LocalCaller(this.#home, value, subjectReturned(call), this.#home.limits.timeout),
      join: (promised, here) => unsent.join(promised, here),
    });
    if (call.cargo !== null) call.cargo.over = promised;
    return promised;
  }

  /** No answer will come. */
  clear(): void {
    this.#unanswered = null;
  }

  /** Bounded, for a side that never answers: the oldest are taken for read, and held until the connection ends. */
  #wait(id: number, parcel: Parcel): void {
    this.#unanswered ??= new Map();
    const [oldest] = this.#unanswered.keys();
    if (oldest !== undefined && this.#unanswered.size >= this.#home.limits.references) this.#unanswered.delete(oldest);
    this.#unanswered.set(id, parcel);
  }

  /** The streams of a call: its caller looks after their times and its signals. */
  #streamsOf(call: PendingCall, cargo: Cargo): CallStreams {
    const { options } = cargo;
    cargo.streams ??= new CallStreams({
      peer: this.#carriage().line.peer,
      call: call.id,
      deadline: call.deadline,
      idle: idleTimeoutOf(options, call.entry.method.idleTimeout, this.#home.limits.timeoutMost),
      signals: signalsOf(call),
      broken: () => {},
    });
    return cargo.streams;
  }
}

function signalsOf(call: PendingCall): AbortSignal[] {
  const signals: AbortSignal[] = [];
  for (let watched = call.watched; watched !== null; watched = watched.other) signals.push(watched.signal);
  return signals;
}

/** What the result of a call is an object of. */
function subjectReturned({ entry }: PendingCall): Interface | null {
  const returns = entry.method.carries?.returns ?? null;
  return isReference(returns) ? subjectOf(returns) : null;
}
