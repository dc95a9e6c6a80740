// The session, going out: when what was written goes. A turn's frames are handed over together at its end, and before it where a
// burst is long, so that the other side works on its beginning while its end is still being made. Pieces of long messages follow,
// while the connection takes them. Knows no frame from another.

import type { Connection } from "../../../connection.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { type Output, outputOf } from "../../../endpoint/pressure.ts";
import { headerLength } from "../../../wire/native/frame.ts";
import { Burst, framesBeforeFurtherPart, usualBurst } from "./burst.ts";
import { FrameWriter } from "./frame-writer.ts";
import { Handover, type HandoverOwner } from "./handover.ts";
import { TurnClock, type TurnOwner } from "./turn-clock.ts";

/** What it asks of the session it belongs to. */
export interface OutboxOwner extends HandoverOwner {
  /** A turn's frames went out: what waited for room can be sent. */
  flushed(): void;
}

export class Outbox implements TurnOwner {
  readonly frames: FrameWriter;
  readonly #endpoint: Endpoint;
  readonly #connection: Connection;
  readonly #owner: OutboxOwner;
  readonly #burst: Burst = new Burst();
  readonly #turn: TurnClock;
  readonly #handover: Handover;
  #ending = false;

  constructor(endpoint: Endpoint, connection: Connection, owner: OutboxOwner) {
    this.#endpoint = endpoint;
    this.#connection = connection;
    this.#owner = owner;
    this.#turn = new TurnClock(endpoint.platform.clock, this);
    this.#handover = new Handover(endpoint, connection, owner);
    const account = endpoint.memory.account(endpoint.counters, connection.peer);
    const enough = this.#burst.first(this.#fewest);
    this.frames = new FrameWriter(endpoint, account, this.#turn, this.#handover, enough, this);
  }

  /** What was handed to the connection, for those who look whether the other side takes it: made for each of them. */
  get output(): Output {
    return outputOf(
      this.#connection,
      () => this.#handover.handed,
      () => this.frames.long.underWay,
    );
  }

  /** Bytes that were handed to the connection. */
  get handed(): number {
    return this.#handover.handed;
  }

  /** Hands this turn's frames over, then pieces while the connection takes them. */
  flush(): void {
    this.frames.hand();
    if (this.#handover.over) return;
    this.frames.tellHanded();
    this.pieces();
    this.#owner.flushed();
  }

  /** Sends pieces of long messages, each message in its turn, while the connection has little unsent. */
  pieces(): void {
    const { limits, platform, counters } = this.#endpoint;
    const { frames } = this;
    const { long, account } = frames;
    this.#handover.reclaim();
    while (long.ready && this.#connection.unsent < limits.piece) {
      // No piece passes a frame that is older than its message, and none is sent in the middle of one.
      if (frames.busy) return;
      frames.hand();
      const writer = this.#handover.take(limits.piece + 3 * headerLength);
      if (long.next(writer, limits.piece, platform.clock.now())) {
        counters.framesSent++;
        this.#handover.send(writer);
        this.#owner.crowded();
        long.handed();
      } else this.#handover.send(writer);
    }
    if (this.#handover.lends || account.output > 0) account.sent(this.#connection.unsent + long.bytes);
    if (!this.#ending || this.#handover.over || long.size > 0) return;
    this.#handover.over = true;
    this.#connection.end();
  }

  /** The pong for a piece came: there may be room for another. */
  answered(id: number): void {
    const { long } = this.frames;
    long.answered(id, this.#endpoint.platform.clock.now());
    if (long.ready) this.#turn.begin();
  }

  /** Ends the connection once everything was handed over. */
  end(): void {
    this.#ending = true;
    this.flush();
  }

  /** The connection is gone: nothing is sent or held any more. */
  abandon(): void {
    this.#handover.over = true;
    this.frames.long.clear();
    this.frames.account.close();
    this.flush();
  }

  /** What the connection says of bursts. */
  get #fewest(): number {
    return this.#connection.traits?.burst ?? usualBurst;
  }

  turnEnded(): void {
    this.frames.enough = this.#burst.first(this.#fewest);
    this.flush();
  }

  /** The beginning of a long burst, for a side that can work on it now. */
  early(): void {
    if (this.#fewest === 0 || this.#connection.unsent > 0) return;
    const { clock } = this.#endpoint.platform;
    const began = this.frames.enough === framesBeforeFurtherPart ? 0 : this.#turn.known;
    const before = began === 0 ? 0 : clock.now();
    this.frames.hand();
    this.frames.enough = framesBeforeFurtherPart;
    if (began > 0) this.#burst.learn(before - began, clock.now() - before);
    this.frames.tellHanded();
  }
}
