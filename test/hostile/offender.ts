// Somebody who connects and keeps no rule: raw bytes out, frames and counts in.

import { createConnection, type Socket } from "node:net";
import { Encoder } from "#internal/codec/encode.js";
import { Handle, type HandleKind } from "#internal/codec/handle.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import type { UpcallError } from "#internal/errors.js";
import { defaultLimits } from "#internal/limits.js";
import { kind } from "#internal/wire/native/frame.js";
import { FrameReader } from "#internal/wire/native/reader.js";
import { bodyOf, decoded, type Frame, frameOf, type Header, keep, prefaceBytes } from "../harness/stranger.ts";
import { Account, Target } from "./target.ts";

const encoder = new Encoder(portableText, { ...defaultLimits, nodes: 10_000_000, depth: 1_000 });

/** Names that are announced although no interface has them. */
export const foreign: readonly string[] = [
  "constructor",
  "__proto__",
  "prototype",
  "toString",
  "toJSON",
  "valueOf",
  "then",
  "secret",
  "hidden",
  "hasOwnProperty",
  "__defineGetter__",
  "apply",
  "bind",
  "",
];

const announced: readonly (readonly [string, readonly string[]])[] = [
  ["Target", [...Target.table.map(({ name }) => name), ...foreign]],
  ["Account", [...Account.table.map(({ name }) => name), ...foreign]],
  ["upcall.Function", ["call", ...foreign]],
  ["Nothing", ["deposit"]],
  ["constructor", ["call"]],
  ["__proto__", ["toString"]],
];
const all = announced.flatMap(([name, methods]) => methods.map((method) => `${name}.${method}`));
const kinds = new Map(Target.table.map(({ name, method }) => [name, method.kind]));

/** The number of the first method that is announced behind all these. */
export const firstOther: number = all.length;

/** The number of a method in the order in which an offender announces them. */
export function numberOf(fullName: string): number {
  const number = all.indexOf(fullName);
  if (number < 0) throw new TypeError(`${fullName} is not announced`);
  return number;
}

/** What an offender announces, as it stands in a greeting. */
export const interfaces: readonly unknown[] = announced.map(([name, methods]) => [
  name,
  methods.map((method) => [method, (name === "Target" && kinds.get(method)) || "call"]),
]);

export function greeting(fields: Readonly<Record<string, unknown>> = {}): Uint8Array {
  const limits = { calls: 1024, message: 4 * 1024 * 1024 };
  return frameOf(kind.greeting, {}, bodyOf({ session: new Uint8Array(16), limits, interfaces, ...fields }));
}

export function handle(handleKind: HandleKind, id: number): Handle {
  return new Handle(handleKind, id);
}

/** Arguments, behind the number of an object if there is one. */
export function argumentsOf(args: readonly unknown[], target?: number): Uint8Array {
  const writer = new Writer();
  if (target !== undefined) writer.u32(target);
  encoder.list(writer, args, "arguments");
  return writer.slice();
}

/** What a failure, or a refusal, says. */
export function says(frame: Frame | undefined): string {
  if (frame === undefined) return "nothing";
  if (frame.kind === kind.reply) return "a reply";
  if (frame.kind !== kind.failure && frame.kind !== kind.refusal && frame.kind !== kind.stop && frame.kind !== kind.end)
    return `a frame of kind ${frame.kind}`;
  if (frame.body.length === 0) return "nothing";
  const { code, reason, outcome } = decoded(frame) as UpcallError;
  return frame.kind === kind.refusal ? `${code} ${reason}` : `${code} ${reason} ${outcome}`;
}

/** As many frames are kept, the last ones; they are all counted. */
const mostKept = 20_000;
const mostBytes = 1024 * 1024;

export class Offender {
  readonly socket: Socket;
  /** Plays the server's other end on the native wire; else bytes are only kept. */
  readonly #reader: FrameReader | null;
  #frames: Frame[] = [];
  /** By kind, from the beginning. */
  readonly #counts: Map<number, number> = new Map();
  /** Of failures, by what they say. */
  readonly failures: Map<string, number> = new Map();
  #refusal: Frame | undefined;
  #bytes: Buffer[] = [];
  received = 0;
  /** Answers pings, as everybody must who wants long messages or holds references. */
  pongs = true;
  #ended = false;
  #closed = false;
  #reset = false;
  #lastCall = 0;
  #writes = 0;
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket, framed: boolean) {
    this.socket = socket;
    this.#reader = framed ? new FrameReader(0xffff_ffff) : null;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#came(chunk));
    socket.on("error", () => {
      this.#reset = true;
    });
    socket.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
    socket.on("drain", () => this.#wake());
  }

  /** @param from one of this machine's own addresses; each may have so many connections */
  static async to(url: string, framed: boolean, from?: string): Promise<Offender> {
    const { protocol, pathname, hostname, port } = new URL(url);
    const socket =
      protocol === "unix:"
        ? createConnection({ path: pathname, allowHalfOpen: true })
        : createConnection({
            host: hostname,
            port: Number(port),
            allowHalfOpen: true,
            ...(from !== undefined && { localAddress: from }),
          });
    const offender = new Offender(socket, framed);
    await new Promise<void>((resolve) => socket.once("connect", resolve).once("close", () => resolve()));
    return offender;
  }

  get ended(): boolean {
    return this.#ended || this.#closed;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** What came, as text; the first MiB of it. */
  get text(): string {
    return Buffer.concat(this.#bytes).toString("latin1");
  }

  count(frameKind: number): number {
    return this.#counts.get(frameKind) ?? 0;
  }

  /** What the server had to say to it: a refusal's code and reason, or how the connection ended. */
  get heard(): string {
    if (this.#refusal !== undefined) return says(this.#refusal);
    if (!this.ended) return "it goes on";
    return this.#reset ? "reset" : "closed";
  }

  /** Greets, and waits until the door is open. */
  async greet(fields: Readonly<Record<string, unknown>> = {}): Promise<this> {
    await this.write(Buffer.concat([prefaceBytes(), greeting(fields)]));
    await this.until(() => this.count(kind.welcome) > 0);
    return this;
  }

  /** Fulfilled when there is room for more, or nobody takes anything any more. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.socket.destroyed || !this.socket.writable) return;
    if (!this.socket.write(bytes)) await this.until(() => !this.socket.writableNeedDrain);
    // A kernel that takes all at once would leave no time in which to read what is said meanwhile.
    if (++this.#writes % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async send(frameKind: number, header: Header = {}, body?: Uint8Array): Promise<void> {
    await this.write(frameOf(frameKind, header, body));
  }

  /** The same bytes again and again, as long as somebody takes them. Gives how often it was. */
  async flood(bytes: Uint8Array, times: number): Promise<number> {
    let sent = 0;
    while (sent < times && !this.ended && !this.socket.destroyed) {
      await this.write(bytes);
      sent++;
    }
    return sent;
  }

  /** Waits for what happens here; true when it did, false when the connection is closed and it did not. */
  async until(holds: () => boolean): Promise<boolean> {
    while (!holds()) {
      if (this.#closed) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return true;
  }

  /** Waits until the other side has ended the connection; gives what it said. */
  async refused(): Promise<string> {
    await this.until(() => this.ended);
    return this.heard;
  }

  /** A number for the next call. */
  next(): number {
    return ++this.#lastCall;
  }

  answerTo(call: number): Frame | undefined {
    return this.#frames.find(
      (frame) => frame.call === call && (frame.kind === kind.reply || frame.kind === kind.failure),
    );
  }

  /** Sends a call; gives its id. */
  async call(method: string, args: readonly unknown[], header: Header & { target?: number } = {}): Promise<number> {
    const { target, ...rest } = header;
    const call = rest.call ?? this.next();
    const full = { method: numberOf(method), remaining: 30_000, ...rest, call };
    await this.write(frameOf(kind.call, full, argumentsOf(args, target)));
    return call;
  }

  /** Calls, and gives the frame that answers it; undefined when the connection ended before. */
  async asked(
    method: string,
    args: readonly unknown[],
    header: Header & { target?: number } = {},
  ): Promise<Frame | undefined> {
    const call = await this.call(method, args, header);
    let answer: Frame | undefined;
    // Whoever has ended the connection does not answer any more, although this end is still open.
    await this.until(() => {
      answer = this.answerTo(call);
      return answer !== undefined || this.ended;
    });
    return answer;
  }

  /** Calls, and gives what the answer says. */
  async ask(method: string, args: readonly unknown[], header: Header & { target?: number } = {}): Promise<string> {
    const answer = await this.asked(method, args, header);
    return answer === undefined ? this.heard : says(answer);
  }

  /** Whether it is still served: what every case ends with that costs a call and not the connection. */
  async served(): Promise<string> {
    const answer = await this.asked("Target.reverse", ["ab"]);
    return answer?.kind === kind.reply && decoded(answer) === "ba" ? "it goes on" : this.heard;
  }

  /** Opens an account and gives the number under which it came. */
  async opened(name = "x"): Promise<number> {
    const reply = await this.asked("Target.open", [name]);
    if (reply?.kind !== kind.reply) throw new Error(`no account was opened: ${says(reply)}`);
    return new DataView(reply.body.buffer, reply.body.byteOffset).getUint32(4);
  }

  leave(): void {
    this.socket.destroy();
  }

  #came(chunk: Buffer): void {
    this.received += chunk.length;
    if (this.#reader === null) {
      if (this.received <= mostBytes) this.#bytes.push(chunk);
    } else
      this.#reader.push(chunk, {
        frame: (header, bytes, start, end) => {
          this.#counts.set(header.kind, this.count(header.kind) + 1);
          if (this.#frames.length >= mostKept) this.#frames = this.#frames.slice(mostKept / 2);
          keep(this.#frames, header, bytes, start, end);
          const frame = this.#frames.at(-1);
          if (header.kind === kind.refusal) this.#refusal = frame;
          if (header.kind === kind.ping && this.pongs && !this.socket.destroyed)
            this.socket.write(frameOf(kind.pong, { call: header.call }));
          if (header.kind === kind.failure) {
            const said = says(frame);
            this.failures.set(said, (this.failures.get(said) ?? 0) + 1);
          }
          return true;
        },
      });
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
