// Workers: an access hook for callers who know a secret, wherever the session is that asks. What is compared are digests, all of
// them and each to its end, so that the time it takes says nothing of the secrets.

import { createHash, timingSafeEqual } from "node:crypto";
import type { AccessHooks, Authenticate } from "../call/access.ts";

/** Lets in a caller that has one of the secrets; its identity is `true`. */
export function knowing(secrets: readonly string[]): Authenticate {
  const digests = secrets.map(digest);
  return (token) => {
    const given = digest(token ?? "");
    let known = false;
    for (const one of digests) if (timingSafeEqual(one, given)) known = true;
    return known && token !== null;
  };
}

/** The same as the access hooks of a server; null where every caller is let in. */
export function accessHooksKnowing(secrets: readonly string[] | null): AccessHooks | null {
  return secrets === null ? null : { authenticate: knowing(secrets), authorize: null };
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text, "utf8").digest();
}
