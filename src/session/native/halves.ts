// The session: its two halves, the calls made here and the calls that came, and what both carry. Most connections use a
// part of this, so each is made when it is first asked for, and finds the conversation in the state that it is in by then.

import type { SessionLook } from "../../contract/state.ts";
import type { Household } from "../../endpoint/platform.ts";
import type { UpcallError } from "../../errors.ts";
import { nothingCarried } from "../../failure/call-refusals.ts";
import { awayError, notDrained } from "../../failure/losses.ts";
import type { Peer } from "../../peer.ts";
import { CallerHalf } from "./calling/caller.ts";
import { PlainTransfers, type Transfers } from "./calling/plain-transfers.ts";
import type { Carriage } from "./carrying/carriage.ts";
import type { CarriageLine } from "./carrying/references.ts";
import type { Taken } from "./handshake/greeting.ts";
import type { SessionOptions } from "./handshake/session-options.ts";
import { NoUpcalls, type Upcalls } from "./no-upcalls.ts";
import type { FrameOutput } from "./output/output.ts";
import { NativeParts } from "./parts.ts";

/** What they ask of the session they belong to. */
export interface HalvesOwner {
  /** Who is at the other end, for people. */
  readonly peer: string;
  readonly from: Peer;
  /** What the carriage asks of it. */
  carriageLine(): CarriageLine;
  /** The other side takes no new calls; told once. */
  draining(): void;
}

export class Halves {
  readonly #home: Household;
  readonly #output: FrameOutput;
  readonly #options: SessionOptions;
  readonly #owner: HalvesOwner;
  readonly #carried = (): Carriage => this.carriage;
  #calls: CallerHalf | null = null;
  #upcalls: Upcalls | null = null;
  /** Whether the calls made here carry plain data only. */
  #plain = false;
  #carriage: Carriage | null = null;
  /** What the other side takes at once; null before it has said so. */
  #taken: Taken | null = null;
  /** Why no new call is made; null while some are. */
  #refused: (() => UpcallError) | null = null;
  /** Why no call is answered any more; null while some may be. */
  #failed: ((sent: boolean) => UpcallError) | null = null;
  #lost = false;
  #away = false;

  constructor(home: Household, output: FrameOutput, options: SessionOptions, owner: HalvesOwner) {
    this.#home = home;
    this.#output = output;
    this.#options = options;
    home.workplace ??= options.workplace;
    this.#owner = owner;
  }

  get calls(): CallerHalf {
    this.#calls ??= this.#makeCalls();
    return this.#calls;
  }

  /** Calls made here that are not settled. */
  get pending(): number {
    return this.#calls === null ? 0 : this.#calls.size;
  }

  get upcalls(): Upcalls {
    this.#upcalls ??= this.#makeUpcalls();
    return this.#upcalls;
  }

  /** What travels by reference on this connection, and its streams. Errors: INVALID_ARGUMENT (BAD_FRAME) where nothing does. */
  get carriage(): Carriage {
    this.#carriage ??= this.#makeCarriage();
    return this.#carriage;
  }

  /** An interface was announced that needs parts which were not here, maybe, when this began. */
  learned(): void {
    if (this.#plain && this.#calls !== null) this.#calls.results.transfers = this.#makeTransfers();
    const before = this.#upcalls;
    if (!(before instanceof NoUpcalls)) return;
    this.#upcalls = this.#makeUpcalls();
    this.#upcalls.announce(before.announced);
  }

  /** Whether the other side takes no new calls. */
  get away(): boolean {
    return this.#away;
  }

  /** The id of the last call that was taken here, 0 for none; null where the other side has nothing to call. */
  get lastTaken(): number | null {
    if (this.#upcalls !== null) return this.#upcalls.lastTaken;
    return this.#options.role === "accepted" || this.#carriage !== null ? 0 : null;
  }

  /** What runs and what is held, without making anything. */
  get load(): Pick<SessionLook, "identity" | "upcalls" | "calls" | "streams" | "references" | "held"> {
    return {
      identity: this.#upcalls?.identity ?? null,
      upcalls: this.#upcalls?.size ?? 0,
      calls: this.#calls?.size ?? 0,
      ...(this.#carriage?.counts ?? { streams: 0, references: 0, held: 0 }),
    };
  }

  welcome(taken: Taken): void {
    this.#taken = taken;
    this.#calls?.welcome(taken.calls, taken.message);
  }

  /** There may be room again for what waits. */
  pump(): void {
    this.#upcalls?.release();
    this.#calls?.pump();
    this.#carriage?.pump();
  }

  /** No new calls, in neither direction; fulfilled when all that runs has settled, or null where nothing runs. */
  drained(error: () => UpcallError): Promise<void> | null {
    this.#refused ??= error;
    const calls = this.#calls?.drained(error) ?? null;
    const upcalls = this.#upcalls?.drained() ?? null;
    const streams = this.#carriage?.drained() ?? null;
    if (calls === null && upcalls === null && streams === null) return null;
    // Streams that a call brings begin before it ends.
    return Promise.all([calls, upcalls]).then(() => this.#carriage?.drained() ?? undefined);
  }

  /** The other side takes no new calls, and has not taken those behind `last`. */
  goneAway(last: number): void {
    if (!this.#away) {
      this.#away = true;
      // Before any call fails: whoever makes it again, makes it elsewhere.
      this.#owner.draining();
    }
    this.#calls?.goneAway(last, () => awayError(this.#owner.peer));
  }

  /** What still runs when the time for that is over. */
  cancel(drain: number): void {
    this.#calls?.fail((sent) => notDrained(drain, sent));
    this.#upcalls?.cancelAll(notDrained(drain, true));
    this.#carriage?.notDrained(drain);
  }

  /** Nothing is answered any more: no call, and no item of a stream. */
  fail(error: (sent: boolean) => UpcallError): void {
    this.#failed ??= error;
    this.#carriage?.lost(error(true));
    this.#calls?.fail(error);
  }

  /** The other side wants no answer any more. */
  lose(): void {
    this.#lost = true;
    this.#upcalls?.lost();
  }

  /** The connection is gone. */
  close(error: () => UpcallError): void {
    this.#carriage?.close(error);
  }

  #makeCalls(): CallerHalf {
    const made = new CallerHalf(this.#home, this.#output, this.#owner.peer, this.#options, this.#makeTransfers());
    if (this.#taken !== null) made.welcome(this.#taken.calls, this.#taken.message);
    if (this.#refused !== null) void made.drained(this.#refused);
    if (this.#away) made.goneAway(0, () => awayError(this.#owner.peer));
    if (this.#failed !== null) made.fail(this.#failed);
    return made;
  }

  #makeTransfers(): Transfers {
    const { transfers } = this.#home.platform.part(NativeParts);
    this.#plain = transfers === null;
    if (transfers === null) return new PlainTransfers(this.#home, this.#output);
    return transfers(this.#home, this.#output, this.#carried);
  }

  #makeCarriage(): Carriage {
    const { carriage } = this.#home.platform.part(NativeParts);
    if (carriage === null) throw nothingCarried();
    return carriage(this.#home, this.#output, this.#owner.carriageLine(), this.#options.workplace);
  }

  #makeUpcalls(): Upcalls {
    const { workplace, doors = null } = this.#options;
    const { upcalls } = this.#home.platform.part(NativeParts);
    if (upcalls === null) return new NoUpcalls(this.#home, this.#output);
    const made = upcalls(this.#home, this.#output, this.#owner.from, workplace, doors, this.#carried);
    if (this.#refused !== null) void made.drained();
    if (this.#lost) made.lost();
    return made;
  }
}
