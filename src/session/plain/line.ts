// The session on the plain wire, the caller's end of one connection: sends a message and collects the bytes of its reply.
// It carries one call at a time, so a reply can only be that call's. Knows nothing of queues and deadlines.

import type { PendingCall } from "../../call/pending/pending.ts";
import type { Connection, ConnectionEvents } from "../../connection.ts";
import type { Household } from "../../endpoint/platform.ts";
import { UpcallError } from "../../errors.ts";
import { expiredError, resultTooLong } from "../../failure/call-endings.ts";
import { MessageBuffer } from "../../wire/plain/buffer.ts";
import { type CallerEnd, longestChunk, newline } from "../../wire/plain/end.ts";
import { broken, chunkTooLong, lost, neverConnected, noReply, unended } from "./endings.ts";
import { Gather } from "./gather.ts";

/** Makes a connection. Errors are `not-executed`. */
export type Connect = (terms: { readonly signal: AbortSignal; readonly timeout: number }) => Promise<Connection>;

export interface LineTerms {
  readonly peer: string;
  readonly connect: Connect;
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly end: CallerEnd;
}

export interface LineOwner {
  /** The call's message, of so many bytes, is about to be handed to the connection. */
  sending(call: PendingCall, length: number): void;
  replied(call: PendingCall, reply: Uint8Array): void;
  failed(call: PendingCall, error: UpcallError): void;
  /** It can carry another call. */
  free(line: PlainLine): void;
  /** Nothing is left of it. */
  gone(line: PlainLine): void;
}

const nothing = new Uint8Array(0);

export class PlainLine implements ConnectionEvents {
  readonly #home: Household;
  readonly #terms: LineTerms;
  readonly #owner: LineOwner;
  readonly #buffer: MessageBuffer = new MessageBuffer();
  readonly #abort: AbortController = new AbortController();
  #connection: Connection | null = null;
  #call: PendingCall | null = null;
  /** The call's message until it is sent. */
  #message: Uint8Array = nothing;
  #over = false;

  constructor(home: Household, terms: LineTerms, owner: LineOwner) {
    this.#home = home;
    this.#terms = terms;
    this.#owner = owner;
  }

  /** Carries a call, connecting first if need be. */
  carry(call: PendingCall, message: Uint8Array): void {
    this.#call = call;
    this.#message = message;
    if (this.#connection === null) void this.#connect();
    else this.#send(this.#connection, call);
  }

  /** Why the call that it carries ends at its deadline. */
  late(call: PendingCall): UpcallError {
    const { peer, end } = this.#terms;
    if (this.#connection === null) return neverConnected(call, peer);
    const { length } = this.#buffer;
    return length === 0 ? expiredError(call, true, peer) : unended(call, peer, end, length);
  }

  /** The call, if there is one, is settled already: what may still come is for nobody. */
  abandon(): void {
    // A server that looks can see by the reset that nobody waits for the reply.
    if (this.#call === null) this.#connection?.end();
    this.#call = null;
    this.#end();
  }

  received(bytes: Uint8Array): void {
    const { counters, limits } = this.#home;
    counters.bytesReceived += bytes.length;
    if (this.#over) return;
    if (this.#call === null) return this.#leftOver();
    if (this.#terms.end === "datagram") {
      counters.datagramsReceived++;
      return this.#whole(this.#call, bytes, limits.message);
    }
    if (this.#terms.end === "chunk") return this.#whole(this.#call, bytes, Math.min(limits.message, longestChunk));
    this.#buffer.push(bytes);
    const line = this.#terms.end === "newline" ? this.#buffer.line() : null;
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
    const reply = this.#terms.end === "newline" ? null : this.#buffer.all();
    // An empty reply looks like none at all, so it is none.
    if (this.#call !== null && reply !== null && reply.length > 0) this.#reply(reply.slice());
    else {
      this.#connection?.end();
      this.#fail(noReply(this.#call, this.#terms.peer));
    }
  }

  closed(error: UpcallError | null): void {
    this.#home.counters.connectionsNow--;
    this.#fail(error === null ? noReply(this.#call, this.#terms.peer) : lost(this.#call, this.#terms.peer, error));
    this.#over = true;
    this.#owner.gone(this);
  }

  async #connect(): Promise<void> {
    const { connect, connectTimeout } = this.#terms;
    try {
      const connection = await connect({ signal: this.#abort.signal, timeout: connectTimeout });
      if (this.#call !== null) return this.#connected(connection, this.#call);
      connection.destroy();
    } catch (error) {
      this.#fail(error instanceof UpcallError ? error : broken(this.#terms.peer, error));
    }
    this.#over = true;
    this.#owner.gone(this);
  }

  #connected(connection: Connection, call: PendingCall): void {
    this.#connection = connection;
    this.#home.counters.connections++;
    this.#home.counters.connectionsNow++;
    const { turns } = this.#home.platform;
    connection.start(this.#terms.end === "chunk" ? new Gather(turns, connection, this) : this);
    this.#send(connection, call);
  }

  #send(connection: Connection, call: PendingCall): void {
    const { counters } = this.#home;
    const { end } = this.#terms;
    const message = this.#message;
    this.#message = nothing;
    const bytes = end === "newline" ? withNewline(message) : message;
    this.#owner.sending(call, message.length);
    counters.framesSent++;
    counters.writes++;
    counters.bytesSent += bytes.length;
    if (end === "datagram") counters.datagramsSent++;
    connection.write(bytes);
    if (end === "half-close") connection.end();
  }

  #reply(reply: Uint8Array): void {
    const call = this.#call;
    if (call === null) return;
    this.#call = null;
    this.#home.counters.framesReceived++;
    const reusable = this.#terms.end === "newline" && this.#buffer.length === 0;
    // What follows a reply before the next message is nobody's; with it there is no telling whose the next bytes are.
    if (this.#buffer.length > 0) this.#leftOver();
    else if (!reusable) this.#endInOrder();
    this.#owner.replied(call, reply);
    if (reusable && !this.#over) this.#owner.free(this);
  }

  #tooLarge(call: PendingCall, most: number): void {
    const { counters, limits } = this.#home;
    counters.messagesTooLarge++;
    this.#fail(most < limits.message ? chunkTooLong(call, most) : resultTooLong(call, most));
  }

  #leftOver(): void {
    this.#home.counters.plainLeftOver++;
    this.#end();
  }

  #fail(error: UpcallError): void {
    const call = this.#call;
    this.#call = null;
    this.#end();
    if (call !== null) this.#owner.failed(call, error);
  }

  #endInOrder(): void {
    this.#connection?.end();
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#buffer.clear();
    this.#abort.abort();
    this.#connection?.destroy();
  }
}

function withNewline(message: Uint8Array): Uint8Array {
  const line = new Uint8Array(message.length + 1);
  line.set(message);
  line[message.length] = newline;
  return line;
}
