// Composition: the media of an entry point and those that a program brings, and what a URL means among them. Here each
// one is a value like all others.

import type { Connection } from "../connection.ts";
import { notExecuted, textOf } from "../errors.ts";
import { type OptionDeclarations, type Shape, shapesAt } from "../options.ts";
import { foreign, wrongIn } from "../transport/foreign.ts";
import type { ConnectTerms, Medium, MediumOfAnyShape, MediumOptions } from "../transport/medium.ts";
import { badUrl } from "../transport/place.ts";
import { bad } from "./endpoint-options.ts";

/** The media that there are, and what is said of those that are not. */
export interface KnownMedia {
  readonly media: readonly MediumOfAnyShape[];
  /**
   * What is said of a scheme that is none of theirs, though it may be meant; null where there never is one of that
   * name.
   */
  readonly absent: (scheme: string, schemes: string) => string | null;
}

/** A URL, read by its medium. */
export interface Address {
  readonly medium: MediumOfAnyShape;
  readonly place: unknown;
  readonly url: string;
}

/**
 * The media of an entry point, and behind them those that were given.
 *
 * @param names options that there are already
 * @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) for a value that is no medium, a scheme that is taken twice, and an
 *   option that is another's
 */
export function withMedia<K extends KnownMedia>(
  known: K,
  where: string,
  given: unknown,
  names: Readonly<Record<string, Shape>>,
): K {
  if (given === undefined) return known;
  if (!Array.isArray(given)) throw bad(`${where}: media is no array of media, as in media: [mine]`);
  const media = [...known.media];
  for (const each of given as readonly unknown[]) {
    const wrong = wrongIn(each);
    if (wrong !== null) throw bad(`${where}: media: ${wrong} (docs/media.md)`);
    const medium = each as Medium;
    const { scheme, options = {} } = medium;
    if (media.some((other) => other.scheme === scheme))
      throw bad(`${where}: media: there is a medium ${scheme}: already: give yours another scheme`);
    for (const name of Object.keys(options))
      if (Object.hasOwn(names, name))
        throw bad(
          `${where}: media: ${scheme}: declares an option ${name}, which there is already: give it another name`,
        );
    media.push(foreign(medium));
  }
  return { ...known, media };
}

/** The options that media declare, as `checkOptions` wants them. */
export function shapesOf(at: "serve" | "connect", media: readonly MediumOfAnyShape[]): Readonly<Record<string, Shape>> {
  return shapesAt(
    at,
    media.map(({ options }) => options ?? ({} as OptionDeclarations)),
  );
}

/** A program that connects for every call gives the same URL each time. */
let last: { readonly media: readonly MediumOfAnyShape[]; readonly address: Address } | null = null;

/** @throws UpcallError INVALID_ARGUMENT (BAD_URL), UNIMPLEMENTED (NOT_SUPPORTED) */
export function addressOf(known: KnownMedia, url: unknown): Address {
  const { media } = known;
  if (last === null || last.media !== media || last.address.url !== url) last = { media, address: read(known, url) };
  return last.address;
}

function read({ media, absent }: KnownMedia, url: unknown): Address {
  const schemes = media.map(({ scheme }) => scheme).join(", ");
  if (typeof url !== "string") {
    const { href } = Object(url) as { href?: unknown };
    if (typeof href === "string") throw badUrl(href, "a URL object was given: give its text, as in url.href");
    throw badUrl(textOf(url), "it is no string, as in tcp://localhost:7000");
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/.exec(url)?.[1];
  if (scheme === undefined)
    throw badUrl(url, `it must begin with its medium, as in tcp://localhost:7000; media: ${schemes}`);
  const medium = media.find((each) => each.scheme === scheme);
  if (medium !== undefined) return { medium, place: medium.parse(url), url };
  const why = absent(scheme, schemes);
  if (why !== null) throw notExecuted("UNIMPLEMENTED", "NOT_SUPPORTED", `"${url}": ${why}`);
  throw badUrl(url, `the medium ${scheme}: is not known; use one of ${schemes}`);
}

/** What was said of the options that are the medium's own. */
export function optionsOf({ options = {} }: MediumOfAnyShape, given: object): MediumOptions {
  const said: Record<string, unknown> = {};
  for (const name of Object.keys(options)) {
    const value: unknown = Reflect.get(given, name);
    if (value !== undefined) said[name] = value;
  }
  return said;
}

/** @throws the errors of the medium; UNIMPLEMENTED (NOT_SUPPORTED) where it only serves */
export function connectTo({ medium, place }: Address, terms: ConnectTerms): Promise<Connection> {
  if (medium.connect === undefined)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      `the medium ${medium.scheme}: can only be served, and not be connected to: it has no connect()`,
    );
  return medium.connect(place, terms);
}
