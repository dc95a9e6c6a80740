// The session: a conversation that cannot go on, or not begin, in the words of the wire.

import { Writer } from "../../../codec/writer.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { failureOf } from "../../../failure/encode-error.ts";
import { headerLength, kind, putHeader, putPreface, version } from "../../../wire/native/frame.ts";
import type { FrameOutput } from "../output/output.ts";

/** The last thing that is said on a connection, and perhaps the first. */
export function sayRefusal(endpoint: Endpoint, output: FrameOutput, error: UpcallError): void {
  output.preface();
  output.value(endpoint.ownEncoder, kind.refusal, 0, refusalOf(error));
}

/** All that is said on a connection that gets no session. */
export function refusalBytes(endpoint: Endpoint, error: UpcallError): Uint8Array {
  const writer = new Writer();
  const at = putPreface(writer.bytes, 0);
  writer.position = at + headerLength;
  endpoint.ownEncoder.value(writer, refusalOf(error), "frame");
  putHeader(writer.view, at, writer.position - at - headerLength, kind.refusal, 0, 0, 0, 0);
  return writer.slice();
}

function refusalOf(error: UpcallError): object {
  return { ...failureOf(error), versions: [version] };
}
