// The session: one end of a conversation on the native wire. Bytes and time in, bytes and timers out; it has never seen
// a socket. Both ends are alike: either may call, the caller's half and the callee's half share one outbox. It puts its parts
// together and decides how the conversation ends; what is asked of a session stands here in full, so it is longer than others.

import type { CallTarget } from "../../call/pending/extras.ts";
import type { PendingCall } from "../../call/pending/pending.ts";
import type { Connection, ConnectionEvents } from "../../connection.ts";
import type { CallOptions, Pipelined } from "../../contract/caller.ts";
import type { ConnectionState, SessionLook } from "../../contract/connection-state.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { Pressure } from "../../endpoint/pressure.ts";
import { watchConnection } from "../../endpoint/watch-connection.ts";
import type { UpcallError } from "../../errors.ts";
import { draining } from "../../failure/call-refusals.ts";
import { awayError, breachOf, closedError, lostError } from "../../failure/losses.ts";
import { failureIn } from "../../failure/read-error.ts";
import type { Interface, MethodEntry } from "../../interface/define.ts";
import { envelope } from "../../limits.ts";
import type { ConnectionEvent } from "../../observer.ts";
import type { Peer } from "../../peer.ts";
import { version } from "../../wire/native/frame.ts";
import { FrameReader, nowhere } from "../../wire/native/reader.ts";
import type { ServerSession, SharedSession } from "../contract.ts";
import type { CallerHalf } from "./calling/caller-half.ts";
import type { TransferLine } from "./carrying/carried-references.ts";
import { learn } from "./carrying/learn.ts";
import type { ReferenceTransfer } from "./carrying/reference-transfer.ts";
import { Dispatch, type DispatchOwner } from "./dispatch.ts";
import { Halves, type HalvesOwner } from "./halves.ts";
import { AnnouncedHere } from "./handshake/announced.ts";
import { Handshake, type HandshakeOwner } from "./handshake/handshake.ts";
import { sayRefusal } from "./handshake/refusal.ts";
import type { SessionOptions } from "./handshake/session-options.ts";
import { Shutdown } from "./life/shutdown.ts";
import { answered, type LifeOwner, SignsOfLife } from "./life/signs-of-life.ts";
import type { Upcalls } from "./no-upcalls.ts";
import { Outbox, type OutboxOwner } from "./output/outbox.ts";
import type { FrameOutput } from "./output/output.ts";

export class Session
  implements
    ConnectionEvents,
    SharedSession,
    ServerSession,
    HalvesOwner,
    HandshakeOwner,
    LifeOwner,
    OutboxOwner,
    DispatchOwner
{
  /** Who is at the other end, for people. */
  readonly peer: string;
  /** Whether calls can be made: a field, because each of them asks. */
  takes = true;
  readonly #endpoint: Endpoint;
  readonly #connection: Connection;
  readonly #options: SessionOptions;
  readonly #outbox: Outbox;
  readonly #output: FrameOutput;
  readonly #halves: Halves;
  readonly handshake: Handshake;
  readonly #dispatch: Dispatch;
  readonly #reader: FrameReader;
  readonly #announced: AnnouncedHere;
  readonly #life: SignsOfLife;
  #pressure: Pressure | null = null;
  #over = false;
  #ended = false;
  #bytesReceived = 0;
  #error: UpcallError | null = null;
  /** Whatever was sent was refused before it could run. */
  #notRun = false;
  /** Made when it begins to end. */
  #shutdown: Shutdown | null = null;

  constructor(endpoint: Endpoint, connection: Connection, options: SessionOptions) {
    this.#endpoint = endpoint;
    this.#connection = connection;
    this.#options = options;
    this.peer = connection.peer.toString();
    this.#announced = new AnnouncedHere(endpoint.limits.announced);
    this.#outbox = new Outbox(endpoint, connection, this);
    this.#output = this.#outbox.frames;
    this.#output.account.owner = this;
    this.#halves = new Halves(endpoint, this.#output, options, this);
    this.handshake = new Handshake(endpoint, this.#output, this.#halves, options, this);
    this.#life = new SignsOfLife(endpoint, this.#output, this);
    this.#dispatch = new Dispatch(endpoint, this.#outbox, this.#halves, this);
    this.#reader = new FrameReader(endpoint.limits.messageBeforeGreeting);
    this.#reader.sink = this.handshake;
    for (const subject of options.interfaces) this.#add(subject);
    if (options.role === "connected") this.handshake.greet(options.interfaces);
    connection.start(this);
  }

  get from(): Peer {
    return this.#connection.peer;
  }

  /** The caller's half; workers pass calls on through it. */
  get calls(): CallerHalf {
    return this.#halves.calls;
  }

  get upcalls(): Upcalls {
    return this.#halves.upcalls;
  }

  /** What travels by reference on this connection; made when it is first needed. */
  get transfer(): ReferenceTransfer {
    return this.#halves.transfer;
  }

  get error(): UpcallError | null {
    return this.takes ? null : this.#lost(false);
  }

  get state(): ConnectionState {
    if (this.#over) return "closed";
    if (!this.takes || this.#halves.away || this.#shutdown !== null) return "draining";
    return this.handshake.open ? "connected" : "connecting";
  }

  /** What it is and does now; nothing else is made for it. */
  look(): SessionLook {
    const { id, instance } = this.handshake;
    const bytesReceived = this.#bytesReceived;
    return { id, instance, state: this.state, ...this.#halves.load, bytesReceived, bytesSent: this.#outbox.handed };
  }

  get load(): number {
    return this.handshake.open ? this.#halves.pending : Number.POSITIVE_INFINITY;
  }

  announce(subject: Interface): number {
    const known = this.#announced.firstOf(subject);
    if (known >= 0) return known;
    if (learn(this.#endpoint.platform, subject)) this.#halves.learned();
    return this.#announced.announce(subject, this.#output, this.#endpoint.ownEncoder);
  }

  #add(subject: Interface): void {
    learn(this.#endpoint.platform, subject);
    this.#announced.add(subject);
  }

  call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null = null,
    target: CallTarget | null = null,
  ): Promise<unknown> {
    return this.calls.call(number, entry, args, options, order, target);
  }

  pipeline(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null = null,
    target: CallTarget | null = null,
  ): Pipelined {
    return this.calls.pipeline(number, entry, args, options, order, target);
  }

  adopt(
    call: PendingCall,
    number: number,
    options: CallOptions | null,
    metadata: Uint8Array | null,
    body: Uint8Array,
    order: object | null,
  ): void {
    this.calls.adopt(call, number, options, metadata, body, order);
  }

  cancel(call: PendingCall, error: UpcallError): void {
    this.calls.cancel(call, error);
  }

  async ping(): Promise<void> {
    const { error } = this;
    if (error !== null) throw error;
    await answered(this.#endpoint, this.#dispatch, this.peer, this.#options.timeout);
    if (this.#over) throw this.#lost(false);
  }

  close(): Promise<void> {
    if (this.#over) this.#leave.over();
    // Before the welcome there is one way to say no, and it proves that no early call ran.
    else if (!this.handshake.spoken && this.#error === null) this.refuse(draining());
    if (this.#endpoint.observer !== null && this.state === "connected") this.#watch("draining", null);
    this.takes = false;
    return this.#leave.close(this.#error === null && !this.#ended);
  }

  received(bytes: Uint8Array): void {
    this.#endpoint.counters.bytesReceived += bytes.length;
    this.#bytesReceived += bytes.length;
    this.#life.heard++;
    if (this.over) return;
    this.#read(this.#reader, bytes);
  }

  #read(reader: FrameReader, bytes: Uint8Array): void {
    try {
      reader.push(bytes);
    } catch (error) {
      this.#break(breachOf(error));
    }
  }

  drained(): void {
    this.#outbox.pieces();
    this.#halves.pump();
  }

  /** The other side is done: it has settled its calls, so the calls that still run here are not needed. */
  ended(): void {
    this.#ended = true;
    this.takes = false;
    this.#fail();
    this.#halves.lose();
    if (!this.#over) this.#leave.end(this.#ended);
  }

  closed(error: UpcallError | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#reader.sink = nowhere;
    this.takes = false;
    this.#error ??= error;
    this.#outbox.abandon();
    this.#life.close();
    this.#pressure?.close();
    this.#dispatch.close();
    this.#fail();
    this.#halves.lose();
    this.#halves.close(() => this.#lost(true));
    this.#shutdown?.over();
    if (this.#endpoint.observer !== null) this.#watch(this.#error === null ? "closed" : "lost", this.#error);
    this.#options.onClosed(this.#error);
  }

  /** Nothing more is read. */
  get over(): boolean {
    return this.#over || this.#error !== null;
  }

  asking(): void {
    this.#connection.pause();
    this.#life.asking();
  }

  opened(): void {
    const longest = this.#endpoint.limits.piece + envelope;
    this.#life.opened();
    this.#reader.longest = longest;
    this.#reader.parts = true;
    this.#reader.sink = this.#dispatch;
    if (this.#endpoint.observer !== null) this.#watch("connected", null);
    this.#options.onOpened?.();
    if (!this.handshake.asked) return;
    const again = new FrameReader(longest);
    again.version = version;
    again.sink = this.#dispatch;
    for (let frame = this.handshake.held(); frame !== undefined && !this.over; frame = this.handshake.held())
      this.#read(again, frame);
    this.#connection.resume();
  }

  /** The other side takes no new calls. */
  draining(): void {
    if (this.#endpoint.observer !== null && this.takes) this.#watch("draining", null);
    this.takes = false;
    this.#options.onDraining?.();
  }

  /** What the reference transfer asks of this session. */
  transferLine(): TransferLine {
    return { line: this, holds: (any) => this.#life.hold(any) };
  }

  late(): void {
    this.refuse(this.handshake.late());
  }

  /** Nothing can be said to a side that does not read, or is not there. */
  vanished(error: UpcallError): void {
    this.#error ??= error;
    this.#reader.sink = nowhere;
    this.takes = false;
    this.#connection.destroy();
  }

  /** It holds too much: that is let go of at once, and the other side is told why, where it reads at all. */
  overMemory(error: UpcallError): void {
    this.#dispatch.close();
    if (this.over || this.#output.account.output > 0) return this.vanished(error);
    this.refuse(error);
    this.#halves.lose();
  }

  #watch(event: ConnectionEvent["event"], error: UpcallError | null): void {
    const side = this.#options.role === "connected" ? "caller" : "callee";
    const { peer } = this;
    const { identity } = this.#halves.load;
    watchConnection(this.#endpoint, event, { side, connection: this.handshake.id, peer, identity }, error);
  }

  get #leave(): Shutdown {
    this.#shutdown ??= new Shutdown(this.#endpoint, this.#connection, this.#outbox, this.#halves);
    return this.#shutdown;
  }

  flushed(): void {
    this.#halves.pump();
  }

  #fail(): void {
    this.#halves.fail((sent) => this.#lost(sent));
  }

  crowded(): void {
    if (this.over) return;
    this.#pressure ??= new Pressure(this.#endpoint, this.#outbox.output, (error) => this.vanished(error));
    this.#pressure.check();
  }

  /** The conversation cannot go on, and the other side is told why. */
  #break(error: UpcallError): void {
    if (this.over) return;
    if (this.handshake.open) this.#endpoint.counters.badFrames++;
    else this.#endpoint.counters.badGreetings++;
    this.refuse(error);
  }

  refuse(error: UpcallError): void {
    sayRefusal(this.#endpoint, this.#output, error);
    // What comes is not looked at any more, but that the other side ends is heard.
    if (this.handshake.asked) this.#connection.resume();
    this.#giveUp(error);
  }

  /** The other side says that the conversation cannot go on. Before the welcome that is proof that no call ran. */
  refused(bytes: Uint8Array, start: number, end: number): void {
    this.#notRun = !this.handshake.open;
    this.#giveUp(failureIn(this.#endpoint.ownDecoder, bytes, start, end));
  }

  #giveUp(error: UpcallError): void {
    this.#error ??= error;
    this.#reader.sink = nowhere;
    this.takes = false;
    this.#life.close();
    this.#pressure?.close();
    this.#fail();
    if (!this.#over) this.#leave.end(this.#ended);
  }

  #lost(sent: boolean): UpcallError {
    if (!sent && this.#error === null) {
      if (this.#shutdown?.closing === true) return closedError(this.peer);
      if (this.#halves.away) return awayError(this.peer);
    }
    return lostError(this.#error, sent && !this.#notRun, this.peer);
  }
}
