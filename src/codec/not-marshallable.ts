// Codec, beside the way down: what the encoder refuses. What it throws goes through place.ts, which adds the place.
import { notExecuted, type Reason, type UpcallError } from "../errors.ts";

export const loneSurrogate =
  "is a string with a lone surrogate, which UTF-8 cannot hold: mend the string, or send bytes";
export const writingGetter = "has a getter that writes to the connection";
export const changedBeside = "has properties beside its items";
export const protoKey = "has a key __proto__, which is refused: send a Map";
export const errorWithoutText = "is an error whose name or message is not a string";

/** @param text what is wrong, as the end of a sentence about the place */
export function refused(text: string, reason: Reason = "NOT_MARSHALLABLE"): UpcallError {
  return notExecuted("INVALID_ARGUMENT", reason, text);
}
