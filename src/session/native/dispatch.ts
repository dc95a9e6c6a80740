// The session, coming in: each frame goes to the part it is for. It knows the kinds of frames and nothing else of them.

import { watchAnswer } from "../../call/pending/watch-pending.ts";
import { type Budget, cancelsOf } from "../../endpoint/budget.ts";
import { memoryCrowded } from "../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { UpcallError } from "../../errors.ts";
import { resultUnreadable } from "../../failure/call-endings.ts";
import { argumentsTooLarge, heldTooLong, notUnderstood } from "../../failure/call-refusals.ts";
import { flag, headerLength, kind, lastKnownKind, longestIgnored, travelsInPieces } from "../../wire/native/frame.ts";
import type { FrameReader, FrameSink } from "../../wire/native/reader.ts";
import type { CallerHalf } from "./calling/caller-half.ts";
import type { ReferenceTransfer } from "./carrying/reference-transfer.ts";
import type { Halves } from "./halves.ts";
import { namesIn } from "./handshake/announced.ts";
import { extensionEnd, unknownTag } from "./input/extended.ts";
import { type GivenUp, PartialMessages, type PieceHeader } from "./input/partial.ts";
import { bodyStart } from "./input/read-front.ts";
import { releasedIn } from "./input/released.ts";
import type { Upcalls } from "./no-upcalls.ts";
import type { Outbox } from "./output/outbox.ts";
import type { FrameOutput } from "./output/output.ts";
import { isPaced } from "./output/pacing.ts";

/** Something stands in front of an answer's value. */
const fronted = flag.annotated | flag.extended;

/** What it asks of the session it belongs to. */
export interface DispatchOwner {
  /** The other side says that the conversation cannot go on. */
  refused(bytes: Uint8Array, start: number, end: number): void;
}

export class Dispatch implements FrameSink {
  readonly #endpoint: Endpoint;
  readonly #outbox: Outbox;
  readonly #output: FrameOutput;
  readonly #halves: Halves;
  readonly #owner: DispatchOwner;
  readonly #partial: PartialMessages;
  #cancels: Budget | null = null;
  #pings: Map<number, () => void> | null = null;
  #lastPing = 0;

  constructor(endpoint: Endpoint, outbox: Outbox, halves: Halves, owner: DispatchOwner) {
    this.#endpoint = endpoint;
    this.#owner = owner;
    this.#outbox = outbox;
    this.#output = outbox.frames;
    this.#halves = halves;
    this.#partial = new PartialMessages({
      limits: endpoint.limits,
      spare: endpoint.platform.spare,
      ids: endpoint.platform.ids,
      counters: endpoint.counters,
      account: this.#output.account,
      idleTimers: endpoint.platform.idleTimers,
      until: (piece, now) => this.#until(piece, now),
      gaveUp: (piece, why) => this.#gaveUp(piece, why),
    });
  }

  get #calls(): CallerHalf {
    return this.#halves.calls;
  }

  get #upcalls(): Upcalls {
    return this.#halves.upcalls;
  }

  get #transfer(): ReferenceTransfer {
    return this.#halves.transfer;
  }

  /** One frame. An error thrown here is the other side's breach of the protocol: the connection cannot go on. */
  frame(header: FrameReader, bytes: Uint8Array, start: number, end: number): boolean {
    if (!header.continued) this.#endpoint.counters.framesReceived++;
    if (this.#endpoint.observer !== null) this.#watch(header, end - start);
    if ((header.flags & flag.more) === 0 && (this.#partial.size === 0 || this.#partial.isNew(header.kind, header.call)))
      this.#message(header, bytes, start, end);
    else this.#piece(header, bytes, start, end);
    return true;
  }

  /** What most messages are is found first: the compiler puts that much into its caller, and not all that follows. */
  #message(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    if (header.kind === kind.call && (header.flags & flag.extended) === 0)
      this.#halves.upcalls.call(header, bytes, start, end);
    else if (header.kind === kind.reply && (header.flags & fronted) === 0)
      this.#halves.calls.reply(header.call, bytes, start, end, header.owned);
    else this.#other(header, bytes, start, end);
  }

  /** Asks the other end for a sign of life; `answered` is called with it, or when the connection is gone. */
  ping(answered: () => void): void {
    const id = ++this.#lastPing;
    this.#pings ??= new Map();
    this.#pings.set(id, answered);
    this.#output.put(kind.ping, 0, 0, id, 0, null);
  }

  close(): void {
    this.#partial.clear();
    if (this.#pings === null) return;
    for (const answered of this.#pings.values()) answered();
    this.#pings.clear();
  }

  #other(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const { call: id } = header;
    if ((header.flags & flag.extended) !== 0 && travelsInPieces(header.kind))
      return this.#extended(header, bytes, start, end);
    switch (header.kind) {
      case kind.reply:
        return this.#calls.reply(id, bytes, this.#answered(header, bytes, start, end), end, header.owned);
      case kind.failure: {
        const first = this.#answered(header, bytes, start, end);
        return this.#calls.failure(id, bytes, first, end, (header.flags & flag.unread) !== 0);
      }
      case kind.cancel:
        checkIgnored(header, end - start);
        return this.#cancel(id);
      case kind.announce:
        return this.#announced(bytes, start, end);
      case kind.ping:
        checkIgnored(header, end - start);
        return this.#output.put(kind.pong, 0, 0, id, 0, null);
      case kind.pong:
        checkIgnored(header, end - start);
        if (isPaced(id)) return this.#outbox.answered(id);
        this.#pings?.get(id)?.();
        this.#pings?.delete(id);
        return;
      case kind.release:
        return this.#release(header, bytes, start, end);
      case kind.item:
      case kind.end:
      case kind.credit:
      case kind.stop:
        return this.#transfer.streams.frame(header, bytes, start, end);
      case kind.goAway:
        checkIgnored(header, end - start);
        return this.#halves.goneAway(id);
      case kind.length:
        return this.#partial.expect(header.method, id, header.remaining);
      case kind.refusal:
        return this.#owner.refused(bytes, start, end);
      case kind.settledBelow:
        return checkIgnored(header, end - start);
      default:
        if ((header.flags & flag.skippable) === 0) {
          throw broken(
            `a frame of kind ${header.kind} is not ${header.kind <= lastKnownKind ? "expected here" : "known"}`,
          );
        }
    }
  }

  /**
   * A frame whose body begins with a block of entries, of which none is known yet. A failure is told whatever else it
   * says; the others are not taken where they say what must be understood.
   */
  #extended(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const after = extensionEnd(bytes, start, end);
    const unknown = unknownTag(bytes, start, after);
    header.flags &= ~flag.extended;
    if (unknown < 0 || header.kind === kind.failure) this.#message(header, bytes, after, end);
    else if (header.kind === kind.call) this.#upcalls.refuse(header, notUnderstood(unknown));
    else {
      this.#endpoint.counters.badArguments++;
      this.#calls.notTaken(header.call, (call) => resultUnreadable(call, notUnderstood(unknown)));
    }
  }

  /** Where the body of an answer begins: its metadata is told first. */
  #answered(header: FrameReader, bytes: Uint8Array, start: number, end: number): number {
    const first = bodyStart(header, bytes, start, end);
    if (first > start) this.#calls.answered(header.call, bytes, start, first);
    return first;
  }

  #piece(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const { kind: frameKind, call: id } = header;
    const more = (header.flags & flag.more) !== 0;
    if (frameKind === kind.item) return this.#transfer.streams.frame(header, bytes, start, end);
    if (!travelsInPieces(frameKind)) throw broken(`a frame of kind ${frameKind} cannot travel in pieces`);
    if (this.#partial.size >= this.#endpoint.limits.running && this.#partial.isNew(frameKind, id))
      throw broken("more messages are in pieces at once than calls may run");
    const whole = this.#partial.add(header, bytes, start, end, more, this.#output.time);
    if (whole === "more" || whole === "told") return;
    if (whole !== "too-large") {
      if (frameKind === kind.call && !this.#inTime(header)) {
        this.#endpoint.counters.expired++;
        return this.#upcalls.refuse(header, heldTooLong());
      }
      header.owned = true;
      this.#message(header, whole, 0, whole.length);
      header.owned = false;
      return;
    }
    if (frameKind === kind.call) {
      this.#endpoint.counters.messagesTooLarge++;
      this.#upcalls.refuse(header, argumentsTooLarge(null, this.#endpoint.limits.message));
    } else this.#calls.tooLarge(id);
  }

  /** When a message in pieces must be whole: by its call's deadline, an answer a little later, for what it brings. */
  #until({ kind: frameKind, call: id, remaining }: PieceHeader, now: number): number {
    const { timeout, timeoutMost, unsentTime } = this.#endpoint.limits;
    if (frameKind === kind.call) return now + Math.min(remaining === 0 ? timeout : remaining, timeoutMost);
    return Math.max(now, this.#calls.find(id)?.deadline ?? 0) + unsentTime;
  }

  /** An incomplete message was dropped: the call that waits for it fails now. */
  #gaveUp(piece: PieceHeader, why: GivenUp): void {
    const { counters } = this.#endpoint;
    const call = piece.kind === kind.call;
    if (why === "expired" && call) counters.expired++;
    if (call) this.#upcalls.refuse(piece, why === "expired" ? heldTooLong() : memoryCrowded());
    else if (why === "crowded") this.#calls.tooLarge(piece.call, true);
  }

  /** What is left to a call counts from its first piece, and each says the same; false where nothing is. */
  #inTime(header: FrameReader): boolean {
    if (header.remaining === 0) return true;
    const left = header.remaining - (this.#output.time - this.#partial.since);
    header.remaining = Math.max(1, Math.ceil(left));
    return left > 0;
  }

  #release(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const numbers = this.#endpoint.platform.skim.whole(bytes, start, end, releasedIn);
    if ((header.flags & flag.promised) !== 0) for (const id of numbers) this.#upcalls.released(id);
    else this.#transfer.exports.release(numbers);
  }

  #announced(bytes: Uint8Array, start: number, end: number): void {
    const { platform, limits } = this.#endpoint;
    this.#upcalls.announce(platform.skim.whole(bytes, start, end, (skim) => namesIn(skim, limits.announced)));
  }

  #cancel(id: number): void {
    this.#partial.forget(kind.call, id);
    this.#cancels ??= cancelsOf(this.#endpoint, 1);
    if (this.#cancels.take()) return this.#upcalls.cancel(id);
    this.#endpoint.counters.cancelFloods++;
    throw new UpcallError("RESOURCE_EXHAUSTED", "too many cancels came in too short a time", {
      reason: "TOO_MANY",
      outcome: "unknown",
    });
  }

  #watch(header: FrameReader, bytes: number): void {
    if (header.kind === kind.call) this.#upcalls.watchFrame(header, bytes + headerLength, bytes);
    else if (header.kind === kind.reply || header.kind === kind.failure)
      watchAnswer(this.#endpoint, this.#output.connection, this.#calls.find(header.call), bytes + headerLength, bytes);
  }
}

/** What stands in such a body is for later versions. */
function checkIgnored({ kind: frameKind }: FrameReader, length: number): void {
  if (length > longestIgnored)
    throw broken(`a frame of kind ${frameKind} has a body of ${length} bytes; the limit is ${longestIgnored}`);
}

function broken(message: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", message, { reason: "BAD_FRAME", outcome: "unknown" });
}
