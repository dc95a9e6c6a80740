// The session: its two halves, the calls made here and the calls that came, and what both carry. Most connections use a
// part of this, so each is made when it is first asked for, and finds the conversation in the state that it is in by then.

import type { SessionLook } from "../../contract/connection-state.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import type { UpcallError } from "../../errors.ts";
import { nothingCarried } from "../../failure/call-refusals.ts";
import { awayError, notDrained } from "../../failure/losses.ts";
import type { Peer } from "../../peer.ts";
import { CallerHalf } from "./calling/caller-half.ts";
import { PlainTransfers, type Transfers } from "./calling/plain-transfers.ts";
import type { TransferLine } from "./carrying/carried-references.ts";
import type { ReferenceTransfer } from "./carrying/reference-transfer.ts";
import type { Taken } from "./handshake/greeting.ts";
import type { SessionOptions } from "./handshake/session-options.ts";
import { NoUpcalls, type Upcalls } from "./no-upcalls.ts";
import type { FrameOutput } from "./output/output.ts";
import { NativeParts } from "./session-parts.ts";

/** What they ask of the session they belong to. */
export interface HalvesOwner {
  /** Who is at the other end, for people. */
  readonly peer: string;
  readonly from: Peer;
  /** What the reference transfer asks of it. */
  transferLine(): TransferLine;
  /** The other side takes no new calls; told once. */
  draining(): void;
}

export class Halves {
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  readonly #options: SessionOptions;
  readonly #owner: HalvesOwner;
  readonly #carried = (): ReferenceTransfer => this.transfer;
  #calls: CallerHalf | null = null;
  #upcalls: Upcalls | null = null;
  /** Whether the calls made here carry plain data only. */
  #plain = false;
  #transfer: ReferenceTransfer | null = null;
  /** What the other side takes at once; null before it has said so. */
  #taken: Taken | null = null;
  /** Why no new call is made; null while some are. */
  #refused: (() => UpcallError) | null = null;
  /** Why no call is answered any more; null while some may be. */
  #failed: ((sent: boolean) => UpcallError) | null = null;
  #lost = false;
  #away = false;

  constructor(endpoint: Endpoint, output: FrameOutput, options: SessionOptions, owner: HalvesOwner) {
    this.#endpoint = endpoint;
    this.#output = output;
    this.#options = options;
    endpoint.dispatcher ??= options.dispatcher;
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

  /** What travels by reference on this connection, and its streams. @throws UpcallError INVALID_ARGUMENT (BAD_FRAME) where nothing does */
  get transfer(): ReferenceTransfer {
    this.#transfer ??= this.#makeCarriage();
    return this.#transfer;
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
    return this.#options.role === "accepted" || this.#transfer !== null ? 0 : null;
  }

  /** What runs and what is held, without making anything. */
  get load(): Pick<SessionLook, "identity" | "upcalls" | "calls" | "streams" | "references" | "held"> {
    return {
      identity: this.#upcalls?.identity ?? null,
      upcalls: this.#upcalls?.size ?? 0,
      calls: this.#calls?.size ?? 0,
      ...(this.#transfer?.counts ?? { streams: 0, references: 0, held: 0 }),
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
    this.#transfer?.pump();
  }

  /** No new calls, in neither direction; fulfilled when all that runs has settled, or null where nothing runs. */
  drained(error: () => UpcallError): Promise<void> | null {
    this.#refused ??= error;
    const calls = this.#calls?.drained(error) ?? null;
    const upcalls = this.#upcalls?.drained() ?? null;
    const streams = this.#transfer?.drained() ?? null;
    if (calls === null && upcalls === null && streams === null) return null;
    // Streams that a call brings begin before it ends.
    return Promise.all([calls, upcalls]).then(() => this.#transfer?.drained() ?? undefined);
  }

  /** The other side takes no new calls, and has not taken those behind `last`. */
  goneAway(last: number): void {
    if (!this.#away) {
      this.#away = true;
      // Before any call fails: the one who makes it again makes it elsewhere.
      this.#owner.draining();
    }
    this.#calls?.goneAway(last, () => awayError(this.#owner.peer));
  }

  /** What still runs when the time for that is over. */
  cancel(drain: number): void {
    this.#calls?.fail((sent) => notDrained(drain, sent));
    this.#upcalls?.cancelAll(notDrained(drain, true));
    this.#transfer?.notDrained(drain);
  }

  /** Nothing is answered any more: no call, and no item of a stream. */
  fail(error: (sent: boolean) => UpcallError): void {
    this.#failed ??= error;
    this.#transfer?.lost(error(true));
    this.#calls?.fail(error);
  }

  /** The other side wants no answer any more. */
  lose(): void {
    this.#lost = true;
    this.#upcalls?.lost();
  }

  /** The connection is gone. */
  close(error: () => UpcallError): void {
    this.#transfer?.close(error);
  }

  #makeCalls(): CallerHalf {
    const made = new CallerHalf(this.#endpoint, this.#output, this.#owner.peer, this.#options, this.#makeTransfers());
    if (this.#taken !== null) made.welcome(this.#taken.calls, this.#taken.message);
    if (this.#refused !== null) void made.drained(this.#refused);
    if (this.#away) made.goneAway(0, () => awayError(this.#owner.peer));
    if (this.#failed !== null) made.fail(this.#failed);
    return made;
  }

  #makeTransfers(): Transfers {
    const { transfers } = this.#endpoint.platform.part(NativeParts);
    this.#plain = transfers === null;
    if (transfers === null) return new PlainTransfers(this.#endpoint, this.#output);
    return transfers(this.#endpoint, this.#output, this.#carried);
  }

  #makeCarriage(): ReferenceTransfer {
    const { transfer } = this.#endpoint.platform.part(NativeParts);
    if (transfer === null) throw nothingCarried();
    return transfer(this.#endpoint, this.#output, this.#owner.transferLine(), this.#options.dispatcher);
  }

  #makeUpcalls(): Upcalls {
    const { dispatcher, accessHooks = null } = this.#options;
    const { upcalls } = this.#endpoint.platform.part(NativeParts);
    if (upcalls === null) return new NoUpcalls(this.#endpoint, this.#output);
    const made = upcalls(this.#endpoint, this.#output, this.#owner.from, dispatcher, accessHooks, this.#carried);
    if (this.#refused !== null) void made.drained();
    if (this.#lost) made.lost();
    return made;
  }
}
