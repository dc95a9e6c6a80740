// The session on the plain wire, the caller's end of one connection: sends a message and collects the bytes of its
// reply. It carries one call at a time, so a reply can only be that call's.

import type { PendingCall } from "../../call/pending/pending.ts";
import { unwatch } from "../../call/pending/signals.ts";
import { watchCall } from "../../call/pending/watch-pending.ts";
import type { Connection, ConnectionEvents } from "../../connection.ts";
import type { CallOptions } from "../../contract/caller.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { UpcallError } from "../../errors.ts";
import { expiredError, resultTooLong } from "../../failure/call-endings.ts";
import type { Stage } from "../../observer.ts";
import { MessageBuffer } from "../../wire/plain/buffer.ts";
import { type CallerEnd, longestChunk, newline } from "../../wire/plain/end.ts";
import type { ClientSession, LaneTerms } from "../contract.ts";
import { contentOf, valueIn } from "./content.ts";
import { chunkTooLong, lost, noReply, unended } from "./endings.ts";
import { Gather } from "./gather.ts";

export class PlainClient implements ClientSession, ConnectionEvents {
  takes = true;
  readonly #endpoint: Endpoint;
  readonly #connection: Connection;
  readonly #end: CallerEnd;
  readonly #terms: LaneTerms;
  readonly #buffer: MessageBuffer = new MessageBuffer();
  #call: PendingCall | null = null;
  #started = false;
  #over = false;
  readonly #expired = (call: PendingCall): void => this.#expire(call);

  constructor(endpoint: Endpoint, connection: Connection, end: CallerEnd, terms: LaneTerms) {
    this.#endpoint = endpoint;
    this.#connection = connection;
    this.#end = end;
    this.#terms = terms;
  }

  adopt(
    call: PendingCall,
    _number: number,
    _options: CallOptions | null,
    _metadata: Uint8Array | null,
    message: Uint8Array,
  ): void {
    this.#call = call;
    this.takes = false;
    call.onExpired = this.#expired;
    if (!this.#started) this.#start();
    this.#send(call, message);
  }

  cancel(_call: PendingCall, error: UpcallError): void {
    this.#endpoint.counters.cancelled++;
    this.#fail(error);
  }

  /** What carries a call ends when that settles. */
  async close(): Promise<void> {
    if (this.#call === null) this.#endInOrder();
  }

  received(bytes: Uint8Array): void {
    const { counters, limits } = this.#endpoint;
    counters.bytesReceived += bytes.length;
    if (this.#over) return;
    if (this.#call === null) return this.#leftOver();
    if (this.#end === "datagram") {
      counters.datagramsReceived++;
      return this.#whole(this.#call, bytes, limits.message);
    }
    if (this.#end === "chunk") return this.#whole(this.#call, bytes, Math.min(limits.message, longestChunk));
    this.#buffer.push(bytes);
    const line = this.#end === "newline" ? this.#buffer.line() : null;
    if ((line ?? this.#buffer).length > limits.message) this.#tooLarge(this.#call, limits.message);
    else if (line !== null) this.#reply(line.slice());
  }

  /** A reply that is all that came at once. */
  #whole(call: PendingCall, bytes: Uint8Array, most: number): void {
    if (bytes.length > most) this.#tooLarge(call, most);
    else this.#reply(bytes.slice());
  }

  drained(): void {}

  ended(): void {
    const reply = this.#end === "newline" ? null : this.#buffer.all();
    // An empty reply looks like none at all, so it is none.
    if (this.#call !== null && reply !== null && reply.length > 0) this.#reply(reply.slice());
    else {
      this.#connection.end();
      this.#fail(noReply(this.#call, this.#terms.peer));
    }
  }

  closed(error: UpcallError | null): void {
    const { peer, onClosed } = this.#terms;
    this.#fail(error === null ? noReply(this.#call, peer) : lost(this.#call, peer, error));
    onClosed();
  }

  #start(): void {
    this.#started = true;
    const { turns } = this.#endpoint.platform;
    this.#connection.start(this.#end === "chunk" ? new Gather(turns, this.#connection, this) : this);
  }

  #send(call: PendingCall, message: Uint8Array): void {
    const { counters } = this.#endpoint;
    const bytes = this.#end === "newline" ? withNewline(message) : message;
    call.id = this.#terms.nextId();
    this.#tell("frame", "call", call, message.length);
    this.#tell("send", "call", call, message.length);
    counters.framesSent++;
    counters.writes++;
    counters.bytesSent += bytes.length;
    if (this.#end === "datagram") counters.datagramsSent++;
    this.#connection.write(bytes);
    if (this.#end === "half-close") this.#connection.end();
  }

  #reply(reply: Uint8Array): void {
    const call = this.#settle();
    if (call === null) return;
    this.#endpoint.counters.framesReceived++;
    // What follows a reply before the next message belongs to no call; after it the next bytes cannot be matched to a
    // call.
    if (this.#buffer.length > 0) this.#leftOver();
    else if (this.#end === "newline") this.takes = !this.#over;
    else this.#endInOrder();
    this.#tell("receive", "reply", call, reply.length);
    this.#tell("unframe", "reply", call, reply.length);
    try {
      const value = valueIn(this.#endpoint, contentOf(call.entry), reply);
      this.#tell("decode", "reply", call, reply.length);
      call.resolve(value);
    } catch (error) {
      this.#endpoint.counters.plainBad++;
      call.fail(notText(call, error));
    }
    this.#tell("settle", "reply", call, 0);
  }

  #tooLarge(call: PendingCall, most: number): void {
    const { counters, limits } = this.#endpoint;
    counters.messagesTooLarge++;
    this.#fail(most < limits.message ? chunkTooLong(call, most) : resultTooLong(call, most));
  }

  #expire(call: PendingCall): void {
    const { peer } = this.#terms;
    const { length } = this.#buffer;
    this.#endpoint.counters.deadlinesExceeded++;
    this.#fail(length === 0 ? expiredError(call, true, peer) : unended(call, peer, this.#end, length));
  }

  #leftOver(): void {
    this.#endpoint.counters.plainLeftOver++;
    this.#cut();
  }

  /** The caller does not wait for a reply any more: a server that looks can see it by the reset. */
  #fail(error: UpcallError): void {
    const call = this.#settle();
    this.#cut();
    if (call === null) return;
    call.fail(error);
    this.#tell("settle", "reply", call, 0);
  }

  /** Takes the call out of every table. */
  #settle(): PendingCall | null {
    const call = this.#call;
    this.#call = null;
    if (call === null) return null;
    call.settled = true;
    this.#endpoint.platform.deadlines.remove(call);
    if (call.watched !== null) unwatch(call);
    return call;
  }

  #endInOrder(): void {
    this.#connection.end();
    this.#cut();
  }

  #cut(): void {
    if (this.#over) return;
    this.#over = true;
    this.takes = false;
    this.#buffer.clear();
    this.#connection.destroy();
  }

  #tell(stage: Stage, way: "call" | "reply", call: PendingCall, bytes: number): void {
    if (this.#endpoint.observer !== null) watchCall(this.#endpoint, "", way, stage, call, bytes);
  }
}

function notText({ entry }: PendingCall, cause: unknown): UpcallError {
  return new UpcallError("INTERNAL", `the reply to ${entry.fullName} is not UTF-8, and its interface says text`, {
    reason: "BAD_RESULT",
    outcome: "executed",
    cause,
  });
}

function withNewline(message: Uint8Array): Uint8Array {
  const line = new Uint8Array(message.length + 1);
  line.set(message);
  line[message.length] = newline;
  return line;
}
