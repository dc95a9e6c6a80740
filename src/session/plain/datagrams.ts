// The session on the plain wire, the callee's half where messages are datagrams: one in, one upcall, one out. There are no
// connections, so nothing is kept of a sender but the way back to it.

import { UpcallError } from "../../errors.ts";
import { longestDatagram } from "../../wire/plain/end.ts";
import type { Account } from "../memory.ts";
import type { Household } from "../platform.ts";
import type { PlainTarget } from "./target.ts";
import { PlainUpcall, type PlainUpcallOwner } from "./upcall.ts";

export class PlainDatagrams implements PlainUpcallOwner {
  readonly account: Account;
  readonly #home: Household;
  readonly #to: PlainTarget;
  /** The upcalls that run, each with the way back to its sender. */
  readonly #running: Map<PlainUpcall, (reply: Uint8Array) => void> = new Map();
  #lastId = 0;
  #closing = false;
  #idle: () => void = () => {};

  constructor(home: Household, to: PlainTarget) {
    this.#home = home;
    this.account = home.memory.account(home.counters, "udp");
    this.#to = to;
  }

  /**
   * One datagram. One that cannot be served is dropped and counted: whoever waits for its reply learns by the deadline.
   *
   * @param send takes the reply, whose memory is its own
   */
  received(message: Uint8Array, peer: string, send: (reply: Uint8Array) => void): void {
    const { counters, limits } = this.#home;
    counters.datagramsReceived++;
    counters.bytesReceived += message.length;
    if (message.length > limits.message) {
      counters.messagesTooLarge++;
      this.dropped();
    } else if (this.#running.size >= limits.running || counters.runningNow >= limits.runningServer) {
      counters.refusedRunning++;
      this.dropped();
    } else if (this.#closing) this.dropped();
    else {
      const upcall = new PlainUpcall(this.#home, this.#to, this, ++this.#lastId, peer);
      this.#running.set(upcall, send);
      upcall.start(message);
    }
  }

  /** A datagram was lost on this side. */
  dropped(): void {
    this.#home.counters.datagramsDropped++;
  }

  settled(upcall: PlainUpcall, reply: Uint8Array | null): void {
    const { counters } = this.#home;
    const send = this.#running.get(upcall);
    this.#running.delete(upcall);
    if (reply !== null && reply.length > longestDatagram) {
      counters.messagesTooLarge++;
      upcall.unfit(`it is ${reply.length} bytes long, and a datagram carries ${longestDatagram} at most`);
      this.dropped();
    } else if (reply !== null && send !== undefined) {
      counters.framesSent++;
      counters.datagramsSent++;
      counters.bytesSent += reply.length;
      send(reply);
      upcall.sent(reply.length);
    }
    if (this.#running.size === 0) this.#idle();
  }

  /** A late reply is still sent: its sender may have a longer deadline than ours. */
  expired(): void {}

  /** Takes no more datagrams and lets the upcalls that run answer, up to the drain limit; then they are cancelled. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#running.size === 0) return;
    const { platform, limits } = this.#home;
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
