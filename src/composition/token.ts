// Composition, the caller's side: the token by which a caller shows who it is. It is asked for again for each
// connection, since it may be one that does not last.

import { listen, unlisten } from "../aborts.ts";
import { hasLoneSurrogate } from "../codec/utf8.ts";
import { notExecuted, textOf, type UpcallError } from "../errors.ts";
import { longestToken } from "../limits.ts";
import { bad } from "./endpoint-options.ts";

/** A string, or a function that gives one for each connection. */
export type Token = string | (() => string | PromiseLike<string>);

interface TokenTerms {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly after: (ms: number, fn: () => void) => { cancel(): void };
}

/**
 * The token for one connection.
 *
 * @throws UpcallError, `not-executed`: INVALID_ARGUMENT (BAD_OPTION), UNAUTHENTICATED (NOT_AUTHENTICATED) where the function
 * gave none, DEADLINE_EXCEEDED (TIMEOUT), CANCELLED (ABORTED).
 */
export async function tokenOf(said: Token, terms: TokenTerms): Promise<string> {
  if (typeof said === "string") return checked(said);
  if (typeof said !== "function") throw bad(`token is neither a string nor a function that gives one`);
  return checked(await inTime(said, terms));
}

function inTime(give: () => string | PromiseLike<string>, { timeout, signal, after }: TokenTerms): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(notExecuted("CANCELLED", "ABORTED", "connecting was given up", signal?.reason));
    if (signal?.aborted) return aborted();
    const late = `token() gave nothing within ${timeout} ms (connectTimeout)`;
    const timer = after(timeout, () => reject(notExecuted("DEADLINE_EXCEEDED", "TIMEOUT", late)));
    listen(signal, aborted);
    new Promise((given) => given(give()))
      .then(resolve, (error: unknown) => reject(noToken(error)))
      .finally(() => {
        timer.cancel();
        unlisten(signal, aborted);
      });
  });
}

/** Says nothing of the token itself: messages are written to logs. */
function checked(token: unknown): string {
  if (typeof token === "string" && hasLoneSurrogate(token))
    throw bad("token has half a character (a lone surrogate), which UTF-8 cannot say: mend the string");
  if (typeof token === "string" && token !== "" && new TextEncoder().encode(token).length <= longestToken) return token;
  throw bad(`token is no string of 1 to ${longestToken} bytes`);
}

function noToken(error: unknown): UpcallError {
  return notExecuted("UNAUTHENTICATED", "NOT_AUTHENTICATED", `token() gave no token: ${textOf(error)}`, error);
}
