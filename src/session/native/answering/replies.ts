// The session, the callee's half: what comes of an upcall as a frame. A result that cannot be sent becomes a failure.

import type { TransferBatch } from "../../../call/pending/extras.ts";
import type { RunningCall } from "../../../call/running/running.ts";
import { watchUpcall } from "../../../call/running/watch-running.ts";
import { copy } from "../../../codec/copy.ts";
import type { Writer } from "../../../codec/writer.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { UpcallError } from "../../../errors.ts";
import { badResult, resultOverLimit, resultTooLarge } from "../../../failure/call-refusals.ts";
import { isExhausted, noErrors } from "../../../failure/read-error.ts";
import { whyNot } from "../../../failure/thrown.ts";
import type { AnyDeclaredError } from "../../../interface/declared.ts";
import { isOwnMethod } from "../../../interface/define.ts";
import { flag, kind } from "../../../wire/native/frame.ts";
import type { ReferenceTransfer } from "../carrying/reference-transfer.ts";
import { putFailure } from "../output/failure.ts";
import type { FrameOutput } from "../output/output.ts";

export class Replies {
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  readonly #transfer: () => ReferenceTransfer;

  constructor(endpoint: Endpoint, output: FrameOutput, transfer: () => ReferenceTransfer) {
    this.#endpoint = endpoint;
    this.#output = output;
    this.#transfer = transfer;
  }

  /** Sends a result; gives the error that was sent instead, or null. */
  value(call: RunningCall, value: unknown): UpcallError | null {
    const writer = this.#output.begin();
    if (call.annotation.bytes !== null) annotate(writer, call.annotation.bytes);
    writer.takesBeside = true;
    try {
      this.#endpoint.encoder.value(writer, value, "result");
    } catch (error) {
      if (!this.#own(call, writer, value)) return this.#dropped(call, writer, error);
    }
    writer.takesBeside = false;
    const { length } = this.#output;
    if (length > this.#endpoint.limits.message) return this.#tooLarge(call, length);
    this.#commit(call, length, kind.reply);
    return null;
  }

  /** What upcall itself answers, reflection, is no value of the user's, and held to no limit of them. */
  #own({ target }: RunningCall, writer: Writer, value: unknown): boolean {
    const { encoder, ownEncoder } = this.#endpoint;
    if (encoder === ownEncoder || !isOwnMethod(target.entry)) return false;
    try {
      ownEncoder.value(writer, value, "result");
      return true;
    } catch {
      return false;
    }
  }

  #dropped(call: RunningCall, writer: Writer, error: unknown): UpcallError {
    writer.takesBeside = false;
    this.#output.drop();
    return this.error(call.id, this.#unsendable(call, error), false);
  }

  #tooLarge({ id, target }: RunningCall, length: number): UpcallError {
    const { counters, limits } = this.#endpoint;
    this.#output.drop();
    counters.messagesTooLarge++;
    return this.error(id, resultTooLarge(target.entry.fullName, length, limits.message), false);
  }

  /** The same for the result of a method that carries something. */
  carried(call: RunningCall, value: unknown): UpcallError | null {
    const { entry } = call.target;
    let batch: TransferBatch;
    try {
      batch = this.#transfer().sendResult(entry, value, () => call.streams);
    } catch (error) {
      return this.error(call.id, isExhausted(error) ? error : this.#unsendable(call, error), false);
    }
    const error = this.value(call, batch.values[0]);
    if (error !== null) this.#transfer().takeBack(batch);
    // What goes home is on its way: nothing that gives it back can overtake it.
    for (const held of batch.held) held.end();
    return error;
  }

  /**
   * @param unread   the arguments were not read, so what they took along is not held here
   * @param declared what the method declares
   * @param metadata what goes with it, marshalled
   */
  error(
    id: number,
    error: UpcallError,
    unread: boolean,
    declared: readonly AnyDeclaredError[] = noErrors,
    metadata: Uint8Array | null = null,
  ): UpcallError {
    putFailure(this.#endpoint, this.#output, kind.failure, id, error, declared, unread ? flag.unread : 0, metadata);
    return error;
  }

  /** A body that a worker has marshalled; a long one is not copied where `bytes` are not used again. */
  body(call: RunningCall, failed: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    if (owned && end - start > this.#endpoint.limits.piece) return this.#long(call, bytes.subarray(start, end));
    const writer = this.#output.begin();
    if (call.annotation.bytes !== null) annotate(writer, call.annotation.bytes);
    writer.ensure(end - start);
    copy(writer, writer.position, bytes, start, end);
    writer.position += end - start;
    this.#commit(call, end - start, failed ? kind.failure : kind.reply);
  }

  #long(call: RunningCall, body: Uint8Array): void {
    const metadata = call.annotation.bytes;
    const parts = metadata === null ? [body] : [metadata, body];
    this.#output.putLong(kind.reply, metadata === null ? 0 : flag.annotated, 0, call.id, 0, parts);
    if (this.#endpoint.observer !== null) this.#watch(call, body.length);
  }

  /** What is told of a result that cannot be sent. */
  #unsendable({ id, peer, target }: RunningCall, error: unknown): UpcallError {
    const { fullName: method } = target.entry;
    if (error instanceof UpcallError && error.code === "RESOURCE_EXHAUSTED") return resultOverLimit(method, error);
    const what = `${method} returned what cannot be sent`;
    const { why, incident } = whyNot(this.#endpoint, what, error, { method, peer, call: id });
    return badResult(why, incident);
  }

  #commit(call: RunningCall, length: number, frameKind: number): void {
    this.#output.commit(frameKind, call.annotation.bytes === null ? 0 : flag.annotated, 0, call.id, 0);
    if (this.#endpoint.observer !== null) this.#watch(call, length);
  }

  #watch({ id, target }: RunningCall, bytes: number): void {
    const { fullName } = target.entry;
    const { connection } = this.#output;
    watchUpcall(this.#endpoint, connection, "reply", "encode", id, fullName, bytes);
    watchUpcall(this.#endpoint, connection, "reply", "frame", id, fullName, bytes);
    this.#output.whenHanded(() => watchUpcall(this.#endpoint, connection, "reply", "send", id, fullName, bytes));
  }
}

/** Metadata goes in front of everything else. */
function annotate(writer: Writer, metadata: Uint8Array): void {
  writer.ensure(metadata.length);
  writer.copy(metadata);
}
