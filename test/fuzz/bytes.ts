// The decoders that are given bytes and give something: values, greetings, announcements, what is given back, notes,
// and where plain messages end.

import { Decoder } from "#internal/codec/decode.js";
import { Skim } from "#internal/codec/skim.js";
import { portableText, type TextPlatform } from "#internal/codec/utf8.js";
import { defaultLimits } from "#internal/limits.js";
import { namesIn } from "#internal/session/native/handshake/announced.js";
import { RememberedGreetings } from "#internal/session/native/handshake/remembered.js";
import { releasedIn } from "#internal/session/native/input/released.js";
import { messageOf, valueIn } from "#internal/session/plain/content.js";
import { nodeText } from "#internal/transport/text.js";
import { MessageBuffer } from "#internal/wire/plain/buffer.js";
import { noPeer, type PoolHeader, readPoolHeader } from "#internal/workers/pool-header.js";
import { newEndpoint } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";
import type { MakeFuzzed } from "./fuzz.ts";
import { Maker } from "./maker.ts";

/** A decoder of values, by one of the two ways with text. */
function values(name: string, text: TextPlatform): MakeFuzzed {
  return (random) => {
    const decoder = new Decoder(text, defaultLimits);
    const maker = new Maker(random);
    return {
      name,
      last: () => maker.bytes.slice(0, maker.position),
      feed: () => {
        const way = random.below(8);
        if (way === 0) maker.noise();
        else if (way < 4) maker.list();
        else maker.value();
        const { bytes, position } = maker;
        if (way === 1) decoder.item(bytes, 0, position);
        else if (way < 4) decoder.list(bytes, 0, position, random.percent(50), random.percent(50));
        else decoder.value(bytes, 0, position, random.percent(50), random.percent(50));
      },
    };
  };
}

/** Bodies of frames that are decoded and then read by somebody who expects something. */
function bodies(name: string, read: (decoder: Decoder, bytes: Uint8Array, end: number) => void): MakeFuzzed {
  return (random) => {
    const decoder = new Decoder(nodeText, defaultLimits);
    const maker = new Maker(random);
    return {
      name,
      last: () => maker.bytes.slice(0, maker.position),
      feed: () => {
        if (random.percent(30)) maker.list();
        else maker.value();
        read(decoder, maker.bytes, maker.position);
      },
    };
  };
}

const fields = ["session", "limits", "interfaces"].map((name) => new TextEncoder().encode(name));

/** Greetings, nearly right, at three doors that remember some of them. */
const greetings: MakeFuzzed = (random) => {
  const skim = new Skim(nodeText);
  const remembered = new RememberedGreetings();
  const parts = new Maker(random);
  const maker = new Maker(random);
  return {
    name: "greetings and welcomes",
    last: () => maker.bytes.slice(0, maker.position),
    feed: () => {
      maker.position = 0;
      maker.u8(0x83);
      for (const [at, key] of fields.entries()) {
        maker.u8(0xa0 | key.length);
        maker.put(key);
        if (at === 0 && random.percent(90)) {
          maker.put(Uint8Array.of(0xc4, 16));
          maker.position += 16;
        } else {
          do parts.value();
          while (parts.position > 300);
          maker.put(parts.bytes.subarray(0, parts.position));
        }
      }
      if (random.percent(20)) maker.bytes[random.below(maker.position)] = random.below(256);
      if (random.percent(70)) remembered.greeted(skim, maker.bytes, 0, maker.position, 100);
      else remembered.welcomed(skim, maker.bytes, 0, maker.position);
    },
  };
};

/** What is given back, as numbers and as nearly that. */
const released: MakeFuzzed = (random) => {
  const skim = new Skim(nodeText);
  const maker = new Maker(random);
  return {
    name: "what is given back",
    last: () => maker.bytes.slice(0, maker.position),
    feed: () => {
      if (random.percent(30)) maker.value();
      else {
        maker.position = 0;
        const count = random.below(12);
        maker.u8(0x90 | count);
        for (let i = 0; i < count; i++) {
          if (random.percent(80)) maker.u8(random.below(128));
          else {
            maker.u8(random.pick([0xce, 0xd2, 0xca]));
            maker.u32(random.u32());
          }
        }
      }
      const numbers = skim.whole(maker.bytes, 0, maker.position, releasedIn);
      for (const number of numbers)
        if (!Number.isInteger(number) || number < 1 || number > 0xffff_ffff) throw new Error(`it gave ${number}`);
    },
  };
};

/** Notes in front of arguments, in a pool. Their identity is decoded. */
const notes: MakeFuzzed = (random) => {
  const decoder = new Decoder(nodeText, defaultLimits);
  const parts = new Maker(random);
  const maker = new Maker(random);
  const note: PoolHeader = { until: 0, peer: noPeer, identity: null };
  return {
    name: "notes",
    last: () => maker.bytes.slice(0, maker.position),
    feed: () => {
      maker.position = 8;
      const peer = random.below(20);
      maker.u8(0);
      maker.u8(peer);
      maker.position += peer;
      parts.value();
      const told = random.percent(90) ? parts.position : random.below(65_536);
      maker.u8(told >>> 8);
      maker.u8(told & 0xff);
      maker.put(parts.bytes.subarray(0, Math.min(parts.position, 2_000)));
      if (random.percent(20)) maker.bytes[8 + random.below(30)] = random.below(256);
      readPoolHeader(decoder, maker.bytes, 0, note);
      if (typeof note.peer !== "object") throw new Error(`a peer that is ${typeof note.peer}`);
    },
  };
};

/** Lines in segments, and what they say. */
const lines: MakeFuzzed = (random) => {
  const endpoint = newEndpoint(new VirtualClock());
  const maker = new Maker(random);
  let buffer = new MessageBuffer();
  let expected = 0;
  return {
    name: "plain messages",
    last: () => maker.bytes.slice(0, maker.position),
    feed: () => {
      maker.noise();
      const bytes = maker.bytes.subarray(0, maker.position);
      for (let i = random.below(4); i > 0 && bytes.length > 0; i--) bytes[random.below(bytes.length)] = 0x0a;
      const chunk = bytes.slice();
      buffer.push(chunk);
      expected += chunk.length;
      for (let line = buffer.line(); line !== null; line = buffer.line()) {
        if (line.includes(0x0a)) throw new Error("a line has a newline in it");
        expected -= line.length + 1;
        const content = random.pick(["text", "bytes"]);
        const back = messageOf(endpoint, content, valueIn(endpoint, content, line), "line");
        if (back === null || Buffer.compare(back, line) !== 0) throw new Error("a line came back otherwise");
      }
      if (buffer.length !== expected) throw new Error(`it holds ${buffer.length} bytes instead of ${expected}`);
      if (random.percent(1)) {
        if (buffer.all().length !== expected) throw new Error("what is left is not all");
        buffer = new MessageBuffer();
        expected = 0;
      }
    },
  };
};

const skim = new Skim(nodeText);

function announcements(_: Decoder, bytes: Uint8Array, end: number): void {
  for (const [name, other] of skim.whole(bytes, 0, end, (one) => namesIn(one, 100)))
    if (name.length > 128 || other.length > 128) throw new Error("a name is too long");
}

export const decoders: readonly MakeFuzzed[] = [
  values("values, with Node's text", nodeText),
  values("values, with portable text", portableText),
  bodies("announcements", announcements),
  greetings,
  released,
  notes,
  lines,
];
