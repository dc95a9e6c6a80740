// The session, going out: a failure as a frame.

import type { Endpoint } from "../../../endpoint/platform.ts";
import { UpcallError } from "../../../errors.ts";
import { failureOf } from "../../../failure/encode-error.ts";
import { noErrors } from "../../../failure/read-error.ts";
import type { AnyDeclaredError } from "../../../interface/declared.ts";
import { flag } from "../../../wire/native/frame.ts";
import type { FrameOutput } from "./output.ts";

/** Sends a failure, without its data, causes and metadata where those cannot be sent. */
export function putFailure(
  { ownEncoder: encoder, limits, expose }: Endpoint,
  output: FrameOutput,
  frameKind: number,
  id: number,
  error: UpcallError,
  declared: readonly AnyDeclaredError[] = noErrors,
  flags = 0,
  metadata: Uint8Array | null = null,
): void {
  const writer = output.begin();
  let why: string;
  if (metadata !== null) {
    writer.ensure(metadata.length);
    writer.copy(metadata);
  }
  try {
    encoder.value(writer, failureOf(error, expose, declared, encoder), "error");
    const annotated = metadata === null ? 0 : flag.annotated;
    if (output.length <= limits.message) return void output.commit(frameKind, flags | annotated, 0, id, 0);
    why = `the data or the causes of the error are ${output.length} bytes long; the limit is ${limits.message}`;
  } catch (problem) {
    // With a cause it was user code that threw, in a getter: its text is no business of the other side.
    const text = problem instanceof UpcallError && problem.cause === undefined ? problem.message : "it cannot be read";
    why = `the data of the error is lost: ${text}`;
  }
  output.drop();
  const { code, message, reason, outcome, incident } = error;
  const cause = new UpcallError("INTERNAL", why, { reason: "BAD_RESULT", outcome });
  const bare = new UpcallError(code, message, { reason, outcome, incident, cause });
  output.value(encoder, frameKind, id, failureOf(bare), flags);
}
