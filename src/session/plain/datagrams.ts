// The session on the plain wire, the callee's half where messages are datagrams: one in, one upcall, one out. There are
// no connections, so nothing is kept of a sender but the way back to it. An upcall has a place until it is over or its
// deadline has passed: a call that never settles blocks no other call for longer.

import type { Account } from "../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { UpcallError } from "../../errors.ts";
import { localPeer, type Peer } from "../../peer.ts";
import { longestDatagram } from "../../wire/plain/end.ts";
import { type PlainTarget, PlainUpcall, type PlainUpcallOwner } from "./plain-upcall.ts";

/** The way back to a sender. */
interface Way {
  readonly address: string;
  readonly send: (reply: Uint8Array) => void;
}

/** Of all places, those that one address cannot have: any host can forge a sender, but cannot get the replies. */
const othersPart = 1 / 4;

/** Whose datagrams are held is not told apart: what one holds is bounded by its places. */
const everyone = localPeer("udp");

export class PlainDatagrams implements PlainUpcallOwner {
  readonly account: Account;
  readonly #endpoint: Endpoint;
  readonly #to: PlainTarget;
  /** The upcalls that have a place, each with the way back to its sender. */
  readonly #running: Map<PlainUpcall, Way> = new Map();
  /** How many of them each address has. */
  readonly #ofAddress: Map<string, number> = new Map();
  /** Those whose deadline has passed: as many as there are places, the last ones. */
  readonly #late: Map<PlainUpcall, Way> = new Map();
  #lastId = 0;
  /** A datagram has no connection. */
  readonly connection = "";
  #closing = false;
  #idle: () => void = () => {};

  constructor(endpoint: Endpoint, to: PlainTarget) {
    this.#endpoint = endpoint;
    this.account = endpoint.memory.account(endpoint.counters, everyone);
    this.#to = to;
  }

  /**
   * One datagram. One that cannot be served is dropped and counted: its caller learns that by the deadline.
   *
   * @param send takes the reply, whose memory is its own
   */
  received(message: Uint8Array, peer: Peer, send: (reply: Uint8Array) => void): void {
    const { counters, limits } = this.#endpoint;
    counters.datagramsReceived++;
    counters.bytesReceived += message.length;
    if (message.length > limits.message) {
      counters.messagesTooLarge++;
      this.dropped();
    } else if (this.#closing) this.dropped();
    else this.#begin(message, peer, { address: peer.address, send });
  }

  #begin(message: Uint8Array, peer: Peer, way: Way): void {
    const { counters } = this.#endpoint;
    const ofAddress = this.#ofAddress.get(way.address) ?? 0;
    if (!this.#room(ofAddress)) {
      counters.refusedRunning++;
      return this.dropped();
    }
    const upcall = new PlainUpcall(this.#endpoint, this.#to, this, ++this.#lastId, peer);
    this.#running.set(upcall, way);
    this.#ofAddress.set(way.address, ofAddress + 1);
    upcall.start(message);
  }

  #room(ofAddress: number): boolean {
    const { counters, limits } = this.#endpoint;
    const { running, runningServer } = limits;
    if (this.#running.size >= running || counters.runningNow >= runningServer) return false;
    return ofAddress < running - Math.floor(running * othersPart);
  }

  /** Its place is free for another; gives the way back to its sender. */
  #leave(upcall: PlainUpcall): Way | undefined {
    const way = this.#running.get(upcall);
    if (way === undefined) return undefined;
    this.#running.delete(upcall);
    const left = (this.#ofAddress.get(way.address) ?? 1) - 1;
    if (left === 0) this.#ofAddress.delete(way.address);
    else this.#ofAddress.set(way.address, left);
    return way;
  }

  /** A datagram was lost on this side. */
  dropped(): void {
    this.#endpoint.counters.datagramsDropped++;
  }

  settled(upcall: PlainUpcall, reply: Uint8Array | null): void {
    const { counters } = this.#endpoint;
    const way = this.#leave(upcall) ?? this.#late.get(upcall);
    this.#late.delete(upcall);
    if (reply !== null && reply.length > longestDatagram) {
      counters.messagesTooLarge++;
      upcall.unfit(`it is ${reply.length} bytes long, and a datagram carries ${longestDatagram} at most`);
      this.dropped();
    } else if (reply !== null && way !== undefined) {
      counters.framesSent++;
      counters.datagramsSent++;
      counters.bytesSent += reply.length;
      way.send(reply);
      upcall.sent(reply.length);
    }
    if (this.#running.size === 0) this.#idle();
  }

  /** A late reply is still sent, for its sender may have a longer deadline than ours; its place is another's. */
  expired(upcall: PlainUpcall): void {
    const way = this.#leave(upcall);
    if (way === undefined) return;
    upcall.leave();
    this.#late.set(upcall, way);
    const [oldest] = this.#late.keys();
    if (oldest !== undefined && this.#late.size > this.#endpoint.limits.running) this.#late.delete(oldest);
    if (this.#running.size === 0) this.#idle();
  }

  /** Takes no more datagrams and lets the upcalls that run answer, up to the drain limit; then they are cancelled. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#running.size === 0) return;
    const { platform, limits } = this.#endpoint;
    await new Promise<void>((resolve) => {
      const drain = platform.clock.after(limits.drain, resolve);
      drain.keepAlive(true);
      this.#idle = () => {
        drain.cancel();
        resolve();
      };
    });
    const reason = new UpcallError(
      "CANCELLED",
      `the server was closed, and ${limits.drain} ms were not enough for the call to finish`,
      { reason: "CLOSED", outcome: "unknown" },
    );
    for (const upcall of this.#running.keys()) upcall.abandon(reason);
  }
}
