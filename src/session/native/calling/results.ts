// The session, the caller's half: an answer becomes what the promise of a call is settled with. Knows what replies, failures
// and their metadata say, and neither frames nor which calls there are.

import { metadataIn } from "../../../call/metadata.ts";
import type { CallExtras } from "../../../call/pending/extras.ts";
import type { PendingCall, Receiver } from "../../../call/pending/pending.ts";
import { watchCall } from "../../../call/pending/watch-pending.ts";
import type { Metadata } from "../../../contract/caller.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { resultUnreadable } from "../../../failure/call-endings.ts";
import { failureIn, isExhausted } from "../../../failure/read-error.ts";
import { isOwnMethod } from "../../../interface/define.ts";
import type { FrameOutput } from "../output/output.ts";
import type { Transfers } from "./plain-transfers.ts";

/** Of all calls that proxies make on one session. */
export class Results implements Receiver {
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  transfers: Transfers;

  constructor(endpoint: Endpoint, output: FrameOutput, transfers: Transfers) {
    this.#endpoint = endpoint;
    this.#output = output;
    this.transfers = transfers;
  }

  /** What cannot be read of the metadata is passed over, and counted: the answer is worth more than what is said beside it. */
  annotated({ extras }: PendingCall, bytes: Uint8Array, start: number, end: number): void {
    const onMetadata = extras?.options?.onMetadata;
    if (onMetadata === undefined) return;
    let metadata: Metadata;
    try {
      metadata = metadataIn(this.#endpoint, bytes, start, end);
    } catch {
      return;
    }
    this.#endpoint.platform.hooks.tell("onMetadata", onMetadata, metadata);
  }

  replied(call: PendingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    if (call.extras !== null) return this.#unpack(call, call.extras, bytes, start, end, owned);
    let value: unknown;
    try {
      value = this.#endpoint.decoder.value(bytes, start, end, owned);
    } catch (error) {
      return this.#misread(call, error, bytes, start, end);
    }
    if (this.#endpoint.observer !== null)
      watchCall(this.#endpoint, this.#output.connection, "reply", "decode", call, end - start);
    call.resolve(value);
  }

  refused(call: PendingCall, bytes: Uint8Array, start: number, end: number): void {
    call.fail(failureIn(this.#endpoint.ownDecoder, bytes, start, end, call.entry.method.errors));
  }

  /** For a receiver of its own: what the answer of a call that carries something stands for. */
  read(call: PendingCall, extras: CallExtras, bytes: Uint8Array, start: number, end: number): unknown {
    return this.transfers.result(call, extras, bytes, start, end, false);
  }

  /** An answer of a call that has more than plain data. */
  #unpack(call: PendingCall, extras: CallExtras, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    let value: unknown;
    try {
      value = this.transfers.result(call, extras, bytes, start, end, owned);
    } catch (error) {
      return this.#unreadable(call, error);
    }
    if (this.#endpoint.observer !== null)
      watchCall(this.#endpoint, this.#output.connection, "reply", "decode", call, end - start);
    call.resolve(value);
    extras.over?.settled(value, null);
  }

  /** The decoder refused a reply. What upcall itself answers, reflection, is held to no limit of the user's values. */
  #misread(call: PendingCall, error: unknown, bytes: Uint8Array, start: number, end: number): void {
    if (isOwnMethod(call.entry)) {
      try {
        return call.resolve(this.#endpoint.ownDecoder.value(bytes, start, end));
      } catch {
        // Then it is told as of any other.
      }
    }
    // It may be a reference that the interface on this side does not declare: nothing here would close it.
    this.#unreadable(call, error);
    this.transfers.late(call.id, bytes, start, end);
  }

  #unreadable(call: PendingCall, error: unknown): void {
    this.#endpoint.counters.badArguments++;
    call.fail(isExhausted(error) ? error : resultUnreadable(call, error));
  }
}
