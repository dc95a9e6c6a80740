// For the suites of the plain wire: the interfaces, the media and the shape of an expected error.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Code, defineInterface, method, type Outcome, type PlainEnd, type Reason, UpcallError } from "upcall";

export const Subject = defineInterface("Subject", { request: method<(data: string) => string>() });
export const Blob = defineInterface("Blob", { turn: method<(data: Uint8Array) => Uint8Array>({ plain: "bytes" }) });

export const ends = ["chunk", "newline", "half-close"] as const satisfies readonly PlainEnd[];

let places = 0;

/** A URL of each medium that nobody has used before. */
export const media: readonly { readonly medium: string; readonly url: () => string }[] = [
  { medium: "tcp", url: () => "tcp://localhost:0" },
  { medium: "unix", url: () => `unix:${join(tmpdir(), `upcall-plain-${process.pid}-${++places}.sock`)}` },
  { medium: "memory", url: () => `memory:plain-${++places}` },
];

/** By code points. */
export const reverse = (data: string): string => Array.from(data).reverse().join("");

/** For `assert.rejects`: an UpcallError with these words. */
export function failsWith(code: Code, reason: Reason, outcome: Outcome, words?: RegExp) {
  return (error: unknown): boolean => {
    if (!(error instanceof UpcallError)) return false;
    const fits = error.code === code && error.reason === reason && error.outcome === outcome;
    return fits && (words?.test(error.message) ?? true);
  };
}

export const noReply: (error: unknown) => boolean = failsWith("UNAVAILABLE", "NO_REPLY", "unknown");

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** Something to wait for that the test decides about. */
export function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
