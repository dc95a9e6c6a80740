// The session, the caller's half: what calls take along and bring, of a side that carries plain data only: nothing. What the other
// side sends all the same, because its interface declares a reference or a stream where the one here does not, is given back.

import type { CallExtras } from "../../../call/pending/extras.ts";
import type { PendingCall } from "../../../call/pending/pending.ts";
import { Handle, handleBytes, handleKind } from "../../../codec/handle.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { kind } from "../../../wire/native/frame.ts";
import type { ReferenceTransfer } from "../carrying/reference-transfer.ts";
import type { FrameOutput } from "../output/output.ts";
import type { Promised } from "./promised.ts";
import type { UnsentCalls } from "./unsent.ts";

/** What the caller's half asks of what looks after objects, functions and streams that calls take along and bring. */
export interface Transfers {
  /** Calls that were given up here, and of which the other side has not said whether it read what they took along. */
  readonly size: number;
  /** Gives what is marshalled. @throws the errors of the reference transfer, and of the call target */
  load(call: PendingCall, extras: CallExtras, args: readonly unknown[]): readonly unknown[];
  /** The call is settled here. */
  unload(call: PendingCall, extras: CallExtras): void;
  /** What the reply to a call says that has more than plain data. Errors: of the decoder, and of the reference transfer. */
  result(call: PendingCall, extras: CallExtras, bytes: Uint8Array, start: number, end: number, owned: boolean): unknown;
  /** A reply to a call that was given up: what it brings is given back. */
  late(id: number, bytes: Uint8Array, start: number, end: number): void;
  /** The other side has answered a call that was given up here. */
  answered(id: number, unread: boolean): void;
  /** The result of a call, as something to call. @param unsent where calls of it wait */
  promise(call: PendingCall, result: Promise<unknown>, unsent: UnsentCalls): Promised;
  /** No answer will come. */
  clear(): void;
}

/** The first bytes of a value that is a handle: an extension of so many bytes. */
const handleHead = [0xc7, handleBytes, 7] as const;
const handleLength = handleHead.length + handleBytes;

export class PlainTransfers implements Transfers {
  readonly size = 0;
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;

  constructor(endpoint: Endpoint, output: FrameOutput) {
    this.#endpoint = endpoint;
    this.#output = output;
  }

  load(_call: PendingCall, _extras: CallExtras, args: readonly unknown[]): readonly unknown[] {
    return args;
  }

  unload(): void {}

  result(
    _call: PendingCall,
    _extras: CallExtras,
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
  ): unknown {
    return this.#endpoint.decoder.value(bytes, start, end, owned);
  }

  late(_id: number, bytes: Uint8Array, start: number, end: number): void {
    const value = handleIn(this.#endpoint, bytes, start, end);
    if (value?.kind === handleKind.mine)
      this.#output.value(this.#endpoint.ownEncoder, kind.release, 0, [value.id, 1], 0);
    else if (value?.kind === handleKind.stream) this.#output.put(kind.stop, 0, 0, value.id, 0, null);
  }

  answered(): void {}

  promise(): never {
    throw notDeclared();
  }

  clear(): void {}
}

/** How a result becomes something that can be called before it is here, as a platform has it whose interfaces return references. */
export class PromiseParts {
  promise:
    | ((
        endpoint: Endpoint,
        output: FrameOutput,
        transfer: ReferenceTransfer,
        call: PendingCall,
        result: Promise<unknown>,
        unsent: UnsentCalls,
      ) => Promised)
    | null = null;
}

export function notDeclared(): TypeError {
  return new TypeError("no interface here declares that a method returns a reference");
}

/** What a body is that holds one handle and nothing else; null for any other. */
export function handleIn(endpoint: Endpoint, bytes: Uint8Array, start: number, end: number): Handle | null {
  if (end - start !== handleLength || handleHead.some((byte, index) => bytes[start + index] !== byte)) return null;
  try {
    const value = endpoint.decoder.value(bytes, start, end, false, true);
    return value instanceof Handle ? value : null;
  } catch {
    // It only looked like one.
    return null;
  }
}
