// The session: the greeting of a connection whose session will be elsewhere: whether it is one, and whether who sent it
// may come in. Nothing behind it is looked at.

import { type Authenticate, isIdentity } from "../../../call/access.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { notAuthenticated } from "../../../failure/call-refusals.ts";
import { breachOf } from "../../../failure/losses.ts";
import type { Peer } from "../../../peer.ts";
import { kind } from "../../../wire/native/frame.ts";
import { FrameReader, type FrameSink } from "../../../wire/native/reader.ts";
import type { FirstLook } from "../../contract.ts";
import { checkFirst, noGreeting } from "./handshake.ts";
import { RememberedGreetings } from "./remembered.ts";

export class GreetingLook implements FirstLook, FrameSink {
  readonly silent = false;
  readonly #endpoint: Endpoint;
  readonly #peer: Peer;
  readonly #authenticate: Authenticate | null;
  readonly #reader: FrameReader;
  /** Whether who greeted may come in; null before the greeting. */
  #known: boolean | null = null;

  /** @param authenticate finds an identity at once; null: every caller is let in */
  constructor(endpoint: Endpoint, peer: Peer, authenticate: Authenticate | null) {
    this.#endpoint = endpoint;
    this.#peer = peer;
    this.#authenticate = authenticate;
    this.#reader = new FrameReader(endpoint.limits.messageBeforeGreeting);
  }

  received(bytes: Uint8Array): boolean {
    const { counters } = this.#endpoint;
    try {
      this.#reader.push(bytes, this);
    } catch (error) {
      counters.badGreetings++;
      throw breachOf(error);
    }
    if (this.#known !== false) return this.#known === true;
    counters.notAuthenticated++;
    throw notAuthenticated();
  }

  /** The first frame, whole. */
  frame(header: FrameReader, bytes: Uint8Array, start: number, end: number): boolean {
    checkFirst(header, kind.greeting);
    const { platform, limits } = this.#endpoint;
    const { token = null } = this.#endpoint
      .kept(RememberedGreetings)
      .greeted(platform.skim, bytes, start, end, limits.announced);
    this.#known = this.#authenticate === null || isIdentity(this.#authenticate(token, { peer: this.#peer }));
    return false;
  }

  late(): UpcallError {
    return noGreeting(this.#endpoint);
  }
}
