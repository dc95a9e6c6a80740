// Composition: what a user says about who may come in and who may call what, and what it means for each way to make
// upcalls. Whatever is said wrongly is refused when serving: an access hook that was meant and is not there is the worst of all.

import { type AccessHooks, type Authenticate, type Authorize, isPromised } from "../call/access.ts";
import { hasLoneSurrogate } from "../codec/utf8.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted } from "../errors.ts";
import { longestToken } from "../limits.ts";
import type { Wire } from "../session/contract.ts";
import { identityBytes } from "../workers/identity.ts";
import { bad } from "./endpoint-options.ts";

export interface AuthOptions {
  /**
   * Danger: where it is left out, every caller may come in. Who may come in: a secret, or several, one of which the
   * caller's `token` must be; or a function that says who it is by its token. What a function gives is
   * `context().identity`; for a secret it is `true`. Native wire only. Default: every caller may come in.
   */
  readonly authenticate?: string | readonly string[] | Authenticate;
  /**
   * Which calls may be made, asked before anything of them is decoded. Native wire only. Default: every call of what is
   * served.
   */
  readonly authorize?: Authorize;
}

/** The access hooks of a server, and its secrets where they are all that is asked for. */
export interface SaidDoors {
  readonly accessHooks: AccessHooks | null;
  /** What can be told to a worker; null where there is no secret, or a function instead of one. */
  readonly secrets: readonly string[] | null;
}

/** @throws UpcallError INVALID_ARGUMENT (BAD_OPTION), UNIMPLEMENTED (NOT_SUPPORTED) on a wire without identity */
export function accessHooksOf(
  options: AuthOptions,
  wire: Wire,
  knowing: ((secrets: readonly string[]) => Authenticate) | null,
): SaidDoors {
  for (const name of ["authenticate", "authorize"] as const)
    if (name in options && options[name] === undefined)
      throw bad(`${name} is undefined, which would let every caller in: leave it out where that is meant`);
  const { authenticate, authorize } = options;
  if (authenticate === undefined && authorize === undefined) return { accessHooks: null, secrets: null };
  if (!wire.traits.identity)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      `this cannot be combined: the ${wire.name} wire has no greeting in which a caller could show who it is, and no names of what it calls, so authenticate and authorize need wire: "native"`,
    );
  if (authorize !== undefined && typeof authorize !== "function")
    throw bad(
      "authorize is no function; it says whether a call may be made: authorize: ({ identity, method }) => true",
    );
  if (typeof authenticate === "function" || authenticate === undefined)
    return { accessHooks: { authenticate: authenticate ?? null, authorize: authorize ?? null }, secrets: null };
  const secrets = secretsIn(authenticate);
  if (knowing === null)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      "authenticate is a secret, and secrets are compared by digests, which this entry point has none of: give a function, as in authenticate: (token) => token === secret",
    );
  return { accessHooks: { authenticate: knowing(secrets), authorize: authorize ?? null }, secrets };
}

/** In a pool the identity goes to the workers: one that is no plain data refuses here, and not in the middle of a call. */
export function accessHooksToPool(endpoint: Endpoint, accessHooks: AccessHooks | null): AccessHooks | null {
  const authenticate = accessHooks?.authenticate ?? null;
  if (accessHooks === null || authenticate === null) return accessHooks;
  const checked = (identity: unknown): unknown => {
    identityBytes(endpoint.ownEncoder, identity);
    return identity;
  };
  return {
    ...accessHooks,
    authenticate: (token, from) => {
      const said = authenticate(token, from);
      return isPromised(said) ? said.then(checked) : checked(said);
    },
  };
}

/** What goes to a worker that has a connection of its own. @throws UpcallError UNIMPLEMENTED (NOT_SUPPORTED) */
export function secretsForWorkers({ accessHooks, secrets }: SaidDoors): readonly string[] | null {
  if (accessHooks === null || (secrets !== null && accessHooks.authorize === null)) return secrets;
  const what = accessHooks.authorize === null ? "authenticate" : "authorize";
  throw notExecuted(
    "UNIMPLEMENTED",
    "NOT_SUPPORTED",
    `this cannot be combined: with a worker for each connection the sessions are in the workers, and ${what} is a function, which cannot go there: use a pool, or secrets, as in authenticate: ["..."]`,
  );
}

function secretsIn(said: string | readonly string[]): readonly string[] {
  const secrets = typeof said === "string" ? [said] : said;
  if (!Array.isArray(secrets) || secrets.length === 0)
    throw bad("authenticate is neither a secret, nor an array of some, nor a function that says who a caller is");
  for (const secret of secrets as readonly unknown[]) {
    if (typeof secret !== "string" || secret === "" || secret.length > longestToken)
      throw bad(`a secret of authenticate is no string of 1 to ${longestToken} characters`);
    // No token could be it; but one with U+FFFD in that place would have the same hash.
    if (hasLoneSurrogate(secret))
      throw bad(
        "a secret of authenticate has half a character (a lone surrogate), which no token can have: mend the string",
      );
  }
  return [...(secrets as readonly string[])];
}
