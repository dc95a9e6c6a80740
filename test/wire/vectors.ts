// docs/vectors/frames.json: frames of the native wire and their bytes.

import { readFileSync } from "node:fs";

export interface FrameVector {
  readonly name: string;
  readonly frame: {
    readonly kind: number;
    readonly flags: number;
    readonly method: number;
    readonly call: number;
    readonly remaining: number;
  };
  /** The body's value, in the notation of values.json. */
  readonly body?: unknown;
  /** Bytes that are part of a body. */
  readonly piece?: string;
  readonly header: string;
  readonly bytes: string;
}

const file = JSON.parse(readFileSync(new URL("../../../docs/vectors/frames.json", import.meta.url), "utf8")) as {
  preface: string;
  vectors: FrameVector[];
};

export const { vectors } = file;
export const preface: Uint8Array = fromHex(file.preface);

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/(..)(?=.)/g, "$1 ");
}

/** Header and body. */
export function bytesOf({ header, bytes }: FrameVector): Uint8Array {
  return fromHex(`${header} ${bytes}`);
}
