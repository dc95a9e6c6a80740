// A call: metadata, a few strings by name that travel beside a call's arguments and beside its result. In a frame's
// body they stand first, behind their length, so that a reader can step over them.
//
//   0               2               2 + n
//   +---------------+---------------+-------------      length: u16, the bytes of the map
//   | length        | map of texts  | the body          map:    MessagePack
//   +---------------+---------------+-------------

import type { Metadata } from "../contract/caller.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import { quoted } from "../escape.ts";
import { isTraceparent, traceparent, tracestate } from "./trace.ts";

const lengthBytes = 2;
/** What the length can say. */
export const longestMetadata = 0xffff;

/** As the names of HTTP's headers, in lower case. */
const nameForm = /^[a-z0-9!#$%&'*+\-.^_`|~]+$/;

/** Without a prototype, so that any name may be looked up in it. */
export const noMetadata: Metadata = Object.freeze(Object.create(null) as Metadata);

/**
 * The metadata of the options, as a copy that never changes. Of several objects the later one wins.
 * @throws UpcallError INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_MANY), all `not-executed`
 */
export function metadataOf({ limits, counters }: Endpoint, ...given: readonly (Metadata | null)[]): Metadata {
  const copy = Object.create(null) as Record<string, string>;
  try {
    for (const one of given) for (const [name, text] of Object.entries(one ?? {})) copy[name] = checked(name, text);
  } catch (error) {
    counters.badMetadata++;
    throw error instanceof UpcallError ? error : bad("it cannot be read", error);
  }
  const count = Object.keys(copy).length;
  if (count <= limits.metadataEntries) return Object.freeze(copy);
  counters.badMetadata++;
  throw notExecuted(
    "RESOURCE_EXHAUSTED",
    "TOO_MANY",
    `the metadata has ${count} entries; the limit is ${limits.metadataEntries}: say less, or raise limits.metadataEntries on both sides`,
  );
}

/**
 * Metadata as it stands in front of a body.
 * @throws UpcallError RESOURCE_EXHAUSTED (TOO_LARGE), INVALID_ARGUMENT (BAD_METADATA)
 */
export function metadataBytes(endpoint: Endpoint, metadata: Metadata): Uint8Array {
  const { writers } = endpoint.platform;
  const writer = writers.take();
  try {
    writer.position = lengthBytes;
    endpoint.ownEncoder.value(writer, metadata, "metadata");
    const length = writer.position - lengthBytes;
    if (length > endpoint.limits.metadata) throw tooLarge(endpoint, length);
    writer.view.setUint16(0, length);
    return writer.slice();
  } catch (error) {
    if (error instanceof UpcallError && error.reason === "TOO_LARGE") throw error;
    endpoint.counters.badMetadata++;
    throw bad("it cannot be sent", error);
  } finally {
    writers.give(writer);
  }
}

/** Where the body goes on behind its metadata; -1 where there is not so much. */
export function metadataEnd(bytes: Uint8Array, start: number, end: number): number {
  const first = start + lengthBytes;
  const after = first + (((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0));
  return first > end || after > end ? -1 : after;
}

/**
 * The metadata in front of a body, and nothing else.
 * @throws UpcallError INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY), all `not-executed`
 */
export function metadataIn(endpoint: Endpoint, bytes: Uint8Array, start: number, end: number): Metadata {
  const first = start + lengthBytes;
  if (end - first > endpoint.limits.metadata) throw tooLarge(endpoint, end - first);
  let value: unknown;
  try {
    value = endpoint.ownDecoder.value(bytes, first, end);
  } catch (error) {
    endpoint.counters.badMetadata++;
    throw bad("it cannot be read", error);
  }
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return withoutBadTrace(metadataOf(endpoint, value as Metadata));
  endpoint.counters.badMetadata++;
  throw bad("it is no object");
}

/** The same where its trace is one, or it has none; else without it. */
export function withoutBadTrace(metadata: Metadata): Metadata {
  const parent = metadata[traceparent];
  if (parent === undefined ? metadata[tracestate] === undefined : isTraceparent(parent)) return metadata;
  const copy = Object.assign(Object.create(null) as Record<string, string>, metadata);
  delete copy[traceparent];
  delete copy[tracestate];
  return Object.freeze(copy);
}

function checked(name: string, text: unknown): string {
  if (!nameForm.test(name))
    throw bad(`the name ${quoted(name)} is none: it must be like that of an HTTP header, in lower case`);
  if (typeof text !== "string") throw bad(`${name} is no string`);
  return text;
}

function tooLarge({ limits, counters }: Endpoint, length: number): UpcallError {
  counters.badMetadata++;
  return notExecuted(
    "RESOURCE_EXHAUSTED",
    "TOO_LARGE",
    `the metadata has ${length} bytes; the limit is ${limits.metadata}: say less, or raise limits.metadata on both sides`,
  );
}

function bad(why: string, cause?: unknown): UpcallError {
  return notExecuted("INVALID_ARGUMENT", "BAD_METADATA", `the metadata is refused: ${why}`, cause);
}
