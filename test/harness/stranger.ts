// The other side of a session as a test plays it by hand: it writes frames, and reads those that come.

import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import type { ConnectionEvents } from "#internal/connection.js";
import type { UpcallError } from "#internal/errors.js";
import { defaultLimits } from "#internal/limits.js";
import { headerLength, kind, prefaceLength, putHeader, putPreface } from "#internal/wire/native/frame.js";
import { FrameReader } from "#internal/wire/native/reader.js";
import type { LinkEnd } from "./link.ts";

const encoder = new Encoder(portableText, defaultLimits);
const decoder = new Decoder(portableText, defaultLimits);

export function bodyOf(value: unknown): Uint8Array {
  const writer = new Writer();
  encoder.value(writer, value, "body");
  return writer.slice();
}

export interface Header {
  readonly flags?: number;
  readonly method?: number;
  readonly call?: number;
  readonly remaining?: number;
  /** A length that is a lie. */
  readonly length?: number;
}

export function frameOf(frameKind: number, header: Header = {}, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(headerLength + body.length);
  const { flags = 0, method = 0, call = 0, remaining = 0, length = body.length } = header;
  putHeader(new DataView(bytes.buffer), 0, length, frameKind, flags, method, call, remaining);
  bytes.set(body, headerLength);
  return bytes;
}

export function prefaceBytes(): Uint8Array {
  const bytes = new Uint8Array(prefaceLength);
  putPreface(bytes, 0);
  return bytes;
}

export interface Frame {
  readonly kind: number;
  readonly flags: number;
  readonly method: number;
  readonly call: number;
  readonly remaining: number;
  readonly body: Uint8Array;
}

/** All frames in bytes that begin with a preface. */
export function framesIn(chunks: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader(0xffff_ffff);
  for (const chunk of chunks)
    reader.push(chunk, { frame: (header, bytes, start, end) => keep(frames, header, bytes, start, end) });
  return frames;
}

export function keep(frames: Frame[], header: FrameReader, bytes: Uint8Array, start: number, end: number): boolean {
  const { kind: frameKind, flags, method, call, remaining } = header;
  frames.push({ kind: frameKind, flags, method, call, remaining, body: new Uint8Array(bytes.subarray(start, end)) });
  return true;
}

export function decoded(frame: Frame | undefined): unknown {
  if (frame === undefined) throw new Error("there is no such frame");
  return decoder.value(frame.body, 0, frame.body.length);
}

export class Stranger implements ConnectionEvents {
  readonly end: LinkEnd;
  readonly chunks: Uint8Array[] = [];
  hasEnded = false;
  closedWith: UpcallError | null | undefined = undefined;

  constructor(end: LinkEnd) {
    this.end = end;
    end.start(this);
  }

  /** Plays the client: first bytes and a greeting. */
  greet(fields: Record<string, unknown> = {}): void {
    this.end.write(prefaceBytes());
    this.send(kind.greeting, {}, bodyOf({ session: new Uint8Array(16), interfaces: [], ...fields }));
  }

  /** Plays the server: first bytes and the greeting's answer. */
  welcome(calls = 1024, message = 4 * 1024 * 1024): void {
    this.end.write(prefaceBytes());
    this.send(kind.welcome, {}, bodyOf({ version: 1, limits: { calls, message } }));
  }

  send(frameKind: number, header: Header = {}, body?: Uint8Array): void {
    this.end.write(frameOf(frameKind, header, body));
  }

  get frames(): Frame[] {
    return framesIn(this.chunks);
  }

  ofKind(frameKind: number): Frame[] {
    return this.frames.filter((frame) => frame.kind === frameKind);
  }

  received(bytes: Uint8Array): void {
    this.chunks.push(bytes.slice());
  }

  drained(): void {}

  ended(): void {
    this.hasEnded = true;
    this.end.end();
  }

  closed(error: UpcallError | null): void {
    this.closedWith = error;
  }
}
