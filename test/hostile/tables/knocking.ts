// At a door that is guarded: how it is knocked at, and whether all who are refused are told the same.

import { kind } from "#internal/wire/native/frame.js";
import { type Frame, frameOf, prefaceBytes } from "../../harness/stranger.ts";
import type { Offence } from "../case.ts";
import { greeting, numberOf, type Offender } from "../offender.ts";

/** A call of a method that ends the process, with arguments that cannot be decoded: whoever looks at them counts them. */
export function fatal(call: number, length = 300): Uint8Array {
  const body = Buffer.concat([Buffer.from([0xdd, 0, 0, 0, 1]), Buffer.alloc(length, 0x91), Buffer.from([0xc1])]);
  return frameOf(kind.call, { method: numberOf("Target.exit"), call, remaining: 30_000 }, body);
}

/** Somebody who greets with a token, or something that is none, and sends all the rest at once. */
export async function knock(offence: Offence, token: unknown, ...behind: readonly Uint8Array[]): Promise<Offender> {
  const offender = await offence.connect();
  await offender.write(Buffer.concat([prefaceBytes(), greeting(token === undefined ? {} : { token }), ...behind]));
  return offender;
}

export async function entered(offence: Offence, token: string, fields: object = {}): Promise<Offender> {
  return await (await offence.connect()).greet({ token, ...fields });
}

export function bytesOf(frame: Frame | undefined): string {
  return frame === undefined ? "nothing" : `${frame.flags} ${Buffer.from(frame.body).toString("hex")}`;
}

/** Who is told the same need not be told what it is refused for. */
export function alike(bodies: ReadonlySet<string>): string {
  return bodies.size === 1 ? ", byte for byte" : ` in ${bodies.size} texts`;
}

/** Knocks with each token; all must be told the same, byte for byte, and nothing that they sent along may be read. */
export async function refusedAlike(offence: Offence, tokens: readonly unknown[]): Promise<string> {
  const [said, bodies] = [new Set<string>(), new Set<string>()];
  for (const token of tokens) {
    const offender = await knock(offence, token, ...Array.from({ length: 30 }, (_, i) => fatal(i + 1)));
    said.add(await offender.refused());
    bodies.add(bytesOf(offender.frames.find((frame) => frame.kind === kind.refusal)));
    if (offender.count(kind.failure) + offender.count(kind.reply) > 0) said.add("and a call was answered");
  }
  if ((await offence.counter("badArguments")) > 0) said.add("and a call was read");
  return `${[...said].join()}${alike(bodies)}`;
}
