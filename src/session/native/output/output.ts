// The session, going out: what every part of a session asks of the one that sends its frames. A frame is begun, its
// body written in place, then it is committed or dropped; it goes out with its turn of the event loop. Types only.

import type { Encoder } from "../../../codec/encode.ts";
import type { Writer } from "../../../codec/writer.ts";
import type { Account } from "../../../endpoint/memory-budget.ts";
import type { LongMessages, Parts } from "./long.ts";

export interface FrameOutput {
  /** 128 random bits that name the connection, the same at both ends and no secret; null before they are known. */
  session: Uint8Array | null;
  /** The same in hexadecimal digits; empty before it is known. Made when it is first asked for. */
  readonly connection: string;
  /** What the connection holds; for all parts of the session. */
  readonly account: Account;
  /** Those that wait for their turns. */
  readonly long: LongMessages;
  /**
   * The time of this turn, read once where many calls go out or come in together: a deadline may be early by as long as
   * the turn has taken, and never late.
   */
  readonly time: number;
  /** Bytes that go out before whatever is sent next, and are not taken yet. Pieces of long messages let others pass. */
  readonly unsent: number;
  /** Whether a value is being written: a getter of it that is running cannot send anything meanwhile. */
  readonly busy: boolean;
  /** Bytes of body written since `begin`, and of arrays beside it. */
  readonly length: number;
  /** The body written since `begin`, as a copy. */
  readonly copied: Uint8Array;
  /** The first bytes of a connection; once. */
  preface(): void;
  /**
   * The writer, with room for a header: the body is written behind it, then `commit` or `drop` follows.
   * @throws UpcallError INVALID_ARGUMENT (NOT_MARSHALLABLE) in a getter of a value that is being written
   */
  begin(): Writer;
  /** Takes back what was written since `begin`. */
  drop(): void;
  /**
   * Ends the frame begun: it goes out with this turn; or, which true says, in pieces, if it is long or there is no
   * room.
   */
  commit(kind: number, flags: number, method: number, call: number, remaining: number): boolean;
  /** A long message whose body is these parts, which no other code has. */
  putLong(kind: number, flags: number, method: number, call: number, remaining: number, parts: Parts): void;
  /** A frame whose body is one value of our own. */
  value(encoder: Encoder, kind: number, call: number, body: unknown, flags?: number): void;
  /** A frame whose body is here already. */
  put(kind: number, flags: number, method: number, call: number, remaining: number, body: Uint8Array | null): void;
  /** Calls `fn` once all that is committed so far, but for long messages, was handed to the connection. */
  whenHanded(fn: () => void): void;
}
