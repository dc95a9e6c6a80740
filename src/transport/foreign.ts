// The transport: a medium that the program brought, as one of ours: what is wrong in it is said as what it is, and its
// connections are kept to the contract.

import { listen, unlisten } from "../aborts.ts";
import { systemClock } from "../clock.ts";
import type { Connection } from "../connection.ts";
import { isUpcallError, notExecuted, textOf } from "../errors.ts";
import { excerpt } from "../escape.ts";
import { nearest } from "../nearest.ts";
import { adopted } from "./adopted.ts";
import { type ConnectTerms, type Listener, type ListenTerms, type Medium, usualTraits } from "./medium.ts";
import { badUrl } from "./place.ts";

/** What is wrong with something that should be a medium, as the end of a sentence; null where nothing is. */
export function wrongIn(given: unknown): string | null {
  if (typeof given !== "object" || given === null)
    return `a medium is an object, and this is ${given === null ? "null" : typeof given}`;
  const { scheme, shape, traits, parse, connect, listen: listens } = given as Partial<Record<keyof Medium, unknown>>;
  if (typeof scheme !== "string" || !/^[a-z][a-z0-9+.-]*$/.test(scheme))
    return 'a medium has a scheme, lower-case letters as in "mine" for mine:place, which this one has not';
  if (shape !== "stream" && shape !== "message") return `${scheme}: its shape must be "stream" or "message"`;
  if (typeof parse !== "function") return `${scheme}: it has no parse(), which reads its URLs`;
  const wrong = wrongTrait(traits);
  if (wrong !== null) return `${scheme}: ${wrong}`;
  const both = [connect, listens].filter((each) => each !== undefined);
  if (both.length > 0 && both.every((each) => typeof each === "function")) return null;
  return `${scheme}: it needs connect() or listen(), or both`;
}

/** A trait that is not known says nothing, and what was meant by it would not be kept. */
function wrongTrait(traits: unknown): string | null {
  if (traits === undefined) return null;
  if (typeof traits !== "object" || traits === null) return "its traits are no object, as in { local: true }";
  const unknown = Object.keys(traits).find((name) => !Object.hasOwn(usualTraits, name));
  if (unknown === undefined) return null;
  const near = nearest(unknown, Object.keys(usualTraits));
  const meant = near === null ? `; there are ${Object.keys(usualTraits).join(", ")}` : `; did you mean ${near}?`;
  return `there is no trait ${excerpt(unknown)}${meant}`;
}

interface Place {
  readonly url: string;
  readonly place: unknown;
}

/** As {@link wrongIn} has found nothing wrong. */
export function foreign(medium: Medium): Medium<Place> {
  const { scheme, shape, traits, options } = medium;
  return {
    scheme,
    shape,
    traits,
    options,
    parse(url) {
      let place: unknown;
      try {
        place = medium.parse(url);
      } catch (error) {
        throw isUpcallError(error) ? error : badUrl(url, textOf(error));
      }
      if (place === undefined) throw badUrl(url, `parse() of the medium ${scheme} gave nothing for it`);
      return { url, place };
    },
    ...(medium.connect && { connect: (place, terms) => connected(medium, place, terms) }),
    ...(medium.listen && { listen: (place, terms) => listening(medium, place, terms) }),
  };
}

/** A connection within the time that there is, whatever the medium does about that itself. */
function connected(medium: Medium, { url, place }: Place, terms: ConnectTerms): Promise<Connection> {
  const { signal, timeout } = terms;
  return new Promise((resolve, reject) => {
    let late = false;
    const settle = (how: () => void): void => {
      if (late) return;
      late = true;
      timer.cancel();
      unlisten(signal, aborted);
      how();
    };
    const aborted = (): void =>
      settle(() => {
        const error = `connecting to ${url} was cancelled by its signal`;
        reject(notExecuted("CANCELLED", "ABORTED", error, signal?.reason));
      });
    // A timer of its own: the wheel that connecting has else keeps no process alive, as sockets do that themselves. What this
    // medium waits for may be nothing that a process waits for, and then it would end in silence.
    const timer = systemClock.after(timeout, () =>
      settle(() => reject(notExecuted("UNAVAILABLE", "TIMEOUT", `${url} did not answer within ${timeout} ms`))),
    );
    timer.keepAlive(true);
    if (signal?.aborted) return aborted();
    listen(signal, aborted);
    new Promise((given) => given(medium.connect?.(place, terms)))
      .then((given) => adopted(given, `connect() of the medium ${medium.scheme}`, url))
      .then(
        (connection) => (late ? connection.destroy() : settle(() => resolve(connection))),
        (error: unknown) =>
          settle(() =>
            reject(isUpcallError(error) ? error : failed("CONNECTION_REFUSED", `connecting to ${url}`, error)),
          ),
      );
  });
}

async function listening(medium: Medium, { url, place }: Place, { options, accepted }: ListenTerms): Promise<Listener> {
  const { scheme } = medium;
  let listener: Listener | undefined;
  try {
    listener = await medium.listen?.(place, {
      options,
      accepted: (given) => accepted(adopted(given, `accepted() of the medium ${scheme}`, scheme)),
    });
  } catch (error) {
    throw isUpcallError(error) ? error : failed("ADDRESS_NOT_USABLE", `listening on ${url}`, error);
  }
  const { close } = Object(listener) as Partial<Listener>;
  if (listener === undefined || typeof close !== "function" || typeof listener.url !== "string")
    throw failed("ADDRESS_NOT_USABLE", `listening on ${url}`, "listen() gave no { url, close() }");
  return listener;
}

function failed(reason: "CONNECTION_REFUSED" | "ADDRESS_NOT_USABLE", what: string, error: unknown): Error {
  return notExecuted("UNAVAILABLE", reason, `${what} failed: ${textOf(error)}`, error);
}
