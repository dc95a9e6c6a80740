// The session, going out: frames are written in place into one writer, behind each other, with room for each header. Knows the
// layout of a frame; when the writer goes is the outbox's affair. Each call passes here, so that what it needs is in this object.

import { longestCopy } from "../../../codec/beside.ts";
import type { Encoder } from "../../../codec/encode.ts";
import type { Writer } from "../../../codec/writer.ts";
import type { Account } from "../../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { notExecuted, type UpcallError } from "../../../errors.ts";
import { hexOf } from "../../../escape.ts";
import { headerLength, kind as kinds, putHeader, putPreface } from "../../../wire/native/frame.ts";
import { burstBytes } from "./burst.ts";
import type { Handover } from "./handover.ts";
import { isLong, LongMessages, type Parts } from "./long.ts";
import type { FrameOutput } from "./output.ts";
import type { TurnClock } from "./turn-clock.ts";

/** Where so much is unsent that nothing should be added, only messages below this still go out with the batch. */
const alwaysSmall = 4 * 1024;

interface Bursting {
  /** `enough` frames, or bytes, are here before the turn's end. */
  early(): void;
}

export class FrameWriter implements FrameOutput {
  readonly account: Account;
  readonly long: LongMessages = new LongMessages();
  session: Uint8Array | null = null;
  #name = "";
  readonly #endpoint: Endpoint;
  readonly #turn: TurnClock;
  readonly #handover: Handover;
  readonly #outbox: Bursting;
  #writer: Writer | null = null;
  /** Where the frame being written begins. */
  #frame = 0;
  /** Frames in the writer, and how many are handed over before the turn's end. */
  #frames = 0;
  enough: number;
  #prefaced = false;
  #handed: (() => void)[] | null = null;

  constructor(
    endpoint: Endpoint,
    account: Account,
    turn: TurnClock,
    handover: Handover,
    enough: number,
    outbox: Bursting,
  ) {
    this.#endpoint = endpoint;
    this.account = account;
    this.#turn = turn;
    this.#handover = handover;
    this.enough = enough;
    this.#outbox = outbox;
  }

  get connection(): string {
    if (this.#name === "" && this.session !== null) this.#name = hexOf(this.session);
    return this.#name;
  }

  get time(): number {
    return this.#turn.time;
  }

  get unsent(): number {
    return this.#handover.unsent + (this.#writer === null ? 0 : this.#writer.position);
  }

  get busy(): boolean {
    return this.#writer?.busy ?? false;
  }

  get length(): number {
    return this.#writer === null ? 0 : this.#writer.since(this.#frame + headerLength);
  }

  get copied(): Uint8Array {
    return this.#writer?.slice(this.#frame + headerLength) ?? new Uint8Array(0);
  }

  preface(): void {
    if (this.#prefaced) return;
    this.#prefaced = true;
    const writer = this.begin();
    writer.position = putPreface(writer.bytes, this.#frame);
  }

  begin(): Writer {
    const writer = this.#writer ?? this.#take();
    if (writer.busy) throw usedWithin();
    this.#frame = writer.position;
    writer.ensure(headerLength);
    writer.position += headerLength;
    return writer;
  }

  #take(): Writer {
    const writer = this.#handover.take();
    this.#writer = writer;
    this.#turn.begin();
    return writer;
  }

  drop(): void {
    this.#writer?.back(this.#frame);
  }

  commit(kind: number, flags: number, method: number, call: number, remaining: number): boolean {
    const writer = this.#writer;
    if (writer === null) return false;
    const length = writer.position - this.#frame - headerLength;
    if (writer.beside !== null || (length > alwaysSmall && isLong(this.#endpoint.limits, this, kind, length)))
      return this.#leave(writer, kind, flags, method, call, remaining);
    putHeader(writer.view, this.#frame, length, kind, flags, method, call, remaining);
    this.#endpoint.counters.framesSent++;
    if (++this.#frames >= this.enough || writer.position >= burstBytes) this.#outbox.early();
    return false;
  }

  /** The frame begun leaves the batch, as a long message. */
  #leave(writer: Writer, kind: number, flags: number, method: number, call: number, remaining: number): true {
    const copied = kind === kinds.call ? longestCopy : Number.POSITIVE_INFINITY;
    this.putLong(kind, flags, method, call, remaining, writer.parts(this.#frame + headerLength, copied));
    this.drop();
    return true;
  }

  putLong(kind: number, flags: number, method: number, call: number, remaining: number, parts: Parts): void {
    this.long.add(kind, flags, method, call, remaining, parts);
    this.account.sent(this.#handover.unsent + this.long.bytes);
    this.#turn.begin();
  }

  value(encoder: Encoder, kind: number, call: number, body: unknown, flags = 0): void {
    encoder.value(this.begin(), body, "frame");
    this.commit(kind, flags, 0, call, 0);
  }

  put(kind: number, flags: number, method: number, call: number, remaining: number, body: Uint8Array | null): void {
    const writer = this.begin();
    if (body !== null) {
      writer.ensure(body.length);
      writer.copy(body);
    }
    this.commit(kind, flags, method, call, remaining);
  }

  whenHanded(fn: () => void): void {
    this.#handed ??= [];
    this.#handed.push(fn);
  }

  /** Hands over what was written so far. */
  hand(): void {
    const writer = this.#writer;
    if (writer === null) return;
    this.#writer = null;
    this.#frames = 0;
    this.#handover.send(writer);
  }

  /** What was handed over has gone. */
  tellHanded(): void {
    if (this.#handed === null) return;
    const handed = this.#handed;
    this.#handed = null;
    for (const fn of handed) fn();
  }
}

/**
 * A value is marshalled in place, between the frames of its connection, and its getters are user code. What they want to send
 * there themselves would stand in the middle of it.
 */
function usedWithin(): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "NOT_MARSHALLABLE",
    "a getter of a value that is being sent uses the connection it is sent on: read it before",
  );
}
