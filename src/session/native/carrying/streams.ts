// The session, what is carried: what the carriage asks of the part that carries streams.

import { notExecuted, UpcallError } from "../../../errors.ts";
import type { StreamSpec } from "../../../interface/spec.ts";
import type { FrameReader } from "../../../wire/native/reader.ts";
import type { Journey } from "./journey.ts";

export interface Streams {
  /**
   * Begins to produce; gives the stream's number, which goes out as a handle. Errors: INVALID_ARGUMENT (BAD_ARGUMENT)
   * for what is no iterable, RESOURCE_EXHAUSTED (TOO_MANY).
   */
  send(spec: StreamSpec<never, unknown> | StreamSpec, value: unknown, journey: Journey): number;
  /** A stream that was begun is not wanted: it never went out, was not read, or its call is over. Harmless when it has ended. */
  takeBack(number: number): void;
  /** Whether another one may come now. Errors: INVALID_ARGUMENT (BAD_REFERENCE), RESOURCE_EXHAUSTED (TOO_MANY). */
  check(number: number, coming: number): void;
  /** A stream of the other side's came: what its reader gets. */
  receive(spec: StreamSpec<never, unknown> | StreamSpec, number: number, journey: Journey): AsyncIterable<unknown>;
  /** One came that nobody will read. */
  refuse(number: number): void;
  /** A frame of a stream. Throws where it breaks the protocol. */
  frame(header: FrameReader, bytes: Uint8Array, start: number, end: number): void;
  /** The connection is gone. */
  close(error: () => UpcallError): void;
}

function notCarried(): UpcallError {
  return notExecuted("UNIMPLEMENTED", "NOT_SUPPORTED", "this version of upcall cannot carry streams yet");
}

/** Until there is such a part. */
export const noStreams: Streams = {
  send: () => {
    throw notCarried();
  },
  takeBack: () => {},
  check: () => {
    throw notCarried();
  },
  receive: () => {
    throw notCarried();
  },
  refuse: () => {},
  frame: () => {
    throw new UpcallError("INVALID_ARGUMENT", "a frame of a stream is not expected here", {
      reason: "BAD_FRAME",
      outcome: "unknown",
    });
  },
  close: () => {},
};
