// The session: a W3C trace context among the metadata of a call. A malformed trace is dropped where it arrives, and
// nothing of it is handed on. The form: "Trace Context", W3C Recommendation, sections 3.2 and 3.3.

import type { Metadata } from "../contract/caller.ts";

export const traceparent = "traceparent";
export const tracestate = "tracestate";

/** A version, the trace's id, the parent's id, flags; a later version than 00 may go on behind them. */
const form = /^(?<version>[\da-f]{2})-(?<trace>[\da-f]{32})-(?<parent>[\da-f]{16})-[\da-f]{2}(?<more>-.*)?$/;

export function isTraceparent(text: string): boolean {
  const { version, trace, parent, more } = form.exec(text)?.groups ?? {};
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return false;
  return trace !== "0".repeat(32) && parent !== "0".repeat(16);
}

/** What a call that is made in another one has of that one's metadata, as it came; null where there is no trace. */
export function traceIn(metadata: Metadata): Metadata | null {
  const parent = metadata[traceparent];
  if (parent === undefined) return null;
  const state = metadata[tracestate];
  return state === undefined ? { [traceparent]: parent } : { [traceparent]: parent, [tracestate]: state };
}
