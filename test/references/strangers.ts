// A bank whose client is played by hand, and a client whose bank is: they keep no rule but those of frames.

import { defaultLimits, implement, type Limits, type ProxyOf, type UpcallError } from "upcall";
import { Encoder } from "#internal/codec/encode.js";
import { Handle, type HandleKind } from "#internal/codec/handle.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import type { Endpoint } from "#internal/endpoint/platform.js";
import { proxyOf } from "#internal/proxy/proxy.js";
import { Session } from "#internal/session/native/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { kind } from "#internal/wire/native/frame.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { ownObjects } from "#internal/workers/own-objects.js";
import { link } from "../harness/link.ts";
import { decoded, type Frame, Stranger } from "../harness/stranger.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";
import { Account, Bank, RealBank } from "./bank.ts";
import { newEndpoint } from "./pair.ts";

const encoder = new Encoder(portableText, defaultLimits);

/** Arguments, behind the number of an object if there is one. */
export function argumentsOf(args: readonly unknown[], target?: number): Uint8Array {
  const writer = new Writer();
  if (target !== undefined) writer.u32(target);
  encoder.list(writer, args, "arguments");
  return writer.slice();
}

export function handle(handleKind: HandleKind, id: number): Handle {
  return new Handle(handleKind, id);
}

/** What a failure frame says. */
export function failureIn(frame: Frame | undefined): string {
  if (frame?.kind !== kind.failure) return `kind ${frame?.kind}`;
  const { code, reason, outcome } = decoded(frame) as UpcallError;
  return `${code} ${reason} ${outcome}`;
}

/** Names that the stranger announces, besides those of the interfaces. */
const foreign = ["constructor", "__proto__", "toString", "then", "amount", "release", "hasOwnProperty", ""];

const announced: readonly (readonly [string, readonly string[]])[] = [
  ["Bank", Bank.table.map(({ name }) => name)],
  ["Account", [...Account.table.map(({ name }) => name), ...foreign]],
  ["upcall.Function", ["call", "apply", "bind", "constructor"]],
  ["Nothing", ["deposit"]],
];
const all = announced.flatMap(([name, methods]) => methods.map((method) => `${name}.${method}`));

export function numberOf(fullName: string): number {
  const number = all.indexOf(fullName);
  if (number < 0) throw new TypeError(`${fullName} is not announced`);
  return number;
}

const interfaces = announced.map(([name, methods]) => [name, methods.map((method) => [method, "call"])]);

export class BankAlone {
  readonly clock: VirtualClock = new VirtualClock();
  readonly real: RealBank = new RealBank();
  readonly endpoint: Endpoint;
  readonly session: Session;
  readonly closed: (UpcallError | null)[] = [];
  readonly client: Stranger;
  #last = 0;

  constructor(limits: Partial<Limits> = {}) {
    const [near, far] = link();
    this.endpoint = newEndpoint(this.clock, limits);
    this.session = new Session(this.endpoint, far, {
      role: "accepted",
      dispatcher: new InlineDispatcher(this.endpoint, new SkeletonTable([implement(Bank, this.real)])),
      interfaces: [],
      timeout: 30_000,
      onDraining: null,
      onClosed: (error) => this.closed.push(error),
    });
    this.client = new Stranger(near);
    this.client.greet({ limits: { calls: 100, message: 1_000_000 }, interfaces });
  }

  /** Sends a call; gives its id. */
  send(
    method: string,
    args: readonly unknown[],
    { target, flags = 0 }: { target?: number; flags?: number } = {},
  ): number {
    const call = ++this.#last;
    this.client.send(
      kind.call,
      { method: numberOf(method), call, flags, remaining: 10_000 },
      argumentsOf(args, target),
    );
    return call;
  }

  /** What came for a call. */
  answer(call: number): Frame | undefined {
    return this.client.frames.find(
      (frame) => frame.call === call && frame.kind !== kind.call && frame.kind !== kind.ping,
    );
  }

  async ask(
    method: string,
    args: readonly unknown[],
    aim: { target?: number; flags?: number } = {},
  ): Promise<Frame | undefined> {
    const call = this.send(method, args, aim);
    await this.clock.settle();
    return this.answer(call);
  }
}

export class ClientAlone {
  readonly clock: VirtualClock = new VirtualClock();
  readonly endpoint: Endpoint;
  readonly session: Session;
  readonly closed: (UpcallError | null)[] = [];
  readonly server: Stranger;
  readonly bank: ProxyOf<typeof Bank>;

  constructor(limits: Partial<Limits> = {}) {
    const [near, far] = link();
    this.endpoint = newEndpoint(this.clock, limits);
    this.session = new Session(this.endpoint, near, {
      role: "connected",
      dispatcher: ownObjects(this.endpoint),
      interfaces: [Bank],
      timeout: 30_000,
      onDraining: null,
      onClosed: (error) => this.closed.push(error),
    });
    this.server = new Stranger(far);
    this.server.welcome();
    this.server.send(kind.announce, {}, argumentsOf(interfaces));
    this.bank = proxyOf(Bank, this.session, false);
  }

  /** The calls that came. */
  get calls(): Frame[] {
    return this.server.ofKind(kind.call);
  }

  reply(call: number, value: unknown): void {
    const writer = new Writer();
    encoder.value(writer, value, "result");
    this.server.send(kind.reply, { call }, writer.slice());
  }
}
