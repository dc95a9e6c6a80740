// The inputs that make sense against gRPC, as its wire has them.
import { any, raw } from "./any.mjs";
import { http2, rest } from "./raw.mjs";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const headers = (/** @type {string} */ path) => ({
  ":method": "POST",
  ":path": path,
  "content-type": "application/grpc",
  te: "trailers",
});

/** A frame of HTTP/2. @param {number} type @param {number} flags @param {number} stream @param {Uint8Array} body */
function frame(type, flags, stream, body, length = body.length) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length & 0xff_ffff, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** A message of gRPC. @param {Uint8Array} body */
function message(body, length = body.length) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, body]);
}

/** Asks once; gives the status that comes back. @param {any} session @param {string} path @param {Uint8Array} body */
async function ask(session, path, body) {
  return await new Promise((resolve) => {
    if (session.destroyed) return resolve("closed");
    const stream = session.request(headers(path));
    let status = "";
    stream.on("response", (/** @type {any} */ fields) => {
      status = fields["grpc-status"] ?? status;
    });
    stream.on("trailers", (/** @type {any} */ fields) => {
      status = fields["grpc-status"] ?? status;
    });
    stream.on("error", () => {});
    stream.on("close", () => resolve(status === "" ? "closed" : `status ${status}`));
    stream.resume();
    stream.end(body);
    setTimeout(() => resolve("nothing"), 5_000).unref();
  });
}

/** @param {import("./any.mjs").Offence} offence */
async function client(offence) {
  const session = await http2(offence.address);
  offence.close.push(() => session.destroy());
  return session;
}

/** @type {readonly import("./any.mjs").Attack[]} */
export const attacks = [
  ...any,
  {
    input: "a length of 2^32-1, and of one over the limit",
    attack: async (offence) => {
      const session = await client(offence);
      const said = [
        await ask(session, "/hostile.Target/Reverse", message(Buffer.alloc(10), 0xffff_ffff)),
        await ask(session, "/hostile.Target/Reverse", message(Buffer.alloc(10), 4 * 1024 * 1024 + 1)),
      ];
      const one = await raw(offence);
      await one.write(
        Buffer.concat([preface, frame(4, 0, 0, Buffer.alloc(0)), frame(0, 0, 1, Buffer.alloc(0), 0xff_ffff)]),
      );
      return [...new Set([...said, await one.over(1_000)])].join("; ");
    },
  },
  {
    input: "cut at every byte, then closed or reset",
    attack: async (offence) => {
      const short = Buffer.concat([preface, frame(4, 0, 0, Buffer.alloc(0)), frame(6, 0, 0, Buffer.alloc(8))]);
      for (let round = 0; round < 3; round++)
        for (let at = 0; at < short.length; at++) {
          const one = await raw(offence);
          await one.write(short.subarray(0, at));
          if (round === 0) one.socket.end();
          else if (round === 1) one.socket.destroy();
          else one.socket.resetAndDestroy();
          if (round > 0) one.socket.destroy();
        }
      return "it goes on";
    },
  },
  {
    input: "opens and cancels a call a million times",
    attack: async (offence) => {
      const session = await client(offence);
      let sent = 0;
      for (; sent < 200_000 && !session.destroyed && !session.closed; sent++) {
        const stream = session.request(headers("/hostile.Target/Wait"));
        stream.on("error", () => {});
        stream.close(8);
        if (sent % 500 === 0) await rest(1);
      }
      return session.destroyed || session.closed ? `closed after ${sent}` : `it goes on (${sent} were sent)`;
    },
  },
  {
    input: "200,000 calls that do not settle",
    attack: async (offence) => {
      const session = await client(offence);
      const body = message(Buffer.alloc(0));
      let refused = 0;
      let sent = 0;
      // Node's client takes as many streams as the server allows; here that is all of them.
      for (; sent < 200_000 && !session.destroyed; sent++) {
        const stream = session.request(headers("/hostile.Target/Wait"));
        stream.on("error", () => refused++);
        stream.end(body);
        if (sent % 500 === 0) await rest(1);
      }
      await rest(500);
      return session.destroyed ? `closed after ${sent}` : refused > 0 ? "refused" : `it goes on (${sent} were sent)`;
    },
  },
  {
    input: "a producer of 1 GiB, all of it granted, and a reader that never reads",
    attack: async (offence) => {
      const one = await raw(offence);
      const grant = Buffer.alloc(4);
      grant.writeUInt32BE(0x7000_0000);
      const window = Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff]);
      // POST, http, the path and two headers as literals that are not indexed.
      const literal = (/** @type {string} */ name, /** @type {string} */ value) =>
        Buffer.concat([
          Buffer.from([0, name.length]),
          Buffer.from(name),
          Buffer.from([value.length]),
          Buffer.from(value),
        ]);
      const block = Buffer.concat([
        Buffer.from([0x83, 0x86]),
        literal(":path", "/hostile.Target/Large"),
        literal(":authority", "x"),
        literal("content-type", "application/grpc"),
        literal("te", "trailers"),
      ]);
      one.socket.pause();
      await one.write(
        Buffer.concat([
          preface,
          frame(4, 0, 0, window),
          frame(8, 0, 0, grant),
          frame(1, 4, 1, block),
          frame(0, 1, 1, message(Buffer.from([0x08, 0x80, 0x80, 0x01]))),
        ]),
      );
      await rest(3_000);
      return await one.over(1);
    },
  },
  {
    input: "10 million arrays in each other, and 4 MiB of them",
    attack: async (offence) => {
      const session = await client(offence);
      // Messages in each other, as deep as 1 MiB holds them: each has its length in front.
      let body = Buffer.alloc(0);
      /** @type {Buffer[]} */
      const heads = [];
      for (let length = 0, depth = 0; depth < 200_000 && length < 1_000_000; depth++) {
        /** @type {number[]} */
        const head = [0x0a];
        let rest = length;
        do {
          head.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
          rest >>>= 7;
        } while (rest > 0);
        heads.push(Buffer.from(head));
        length += head.length;
      }
      body = Buffer.concat(heads.reverse());
      return await ask(session, "/hostile.Target/Echo", message(body));
    },
  },
  {
    input: "keys that mean something to the language: constructor, then, toJSON ...",
    attack: async (offence) => {
      const session = await client(offence);
      const said = new Set();
      for (const name of ["__proto__", "constructor", "then", "toJSON", "toString", "hasOwnProperty"]) {
        const entry = Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name), Buffer.from([0x10, 1])]);
        said.add(
          await ask(
            session,
            "/hostile.Target/Echo",
            message(Buffer.concat([Buffer.from([0x12, entry.length]), entry])),
          ),
        );
      }
      return [...said].join("; ");
    },
  },
  {
    input: "calls members that no interface names, of objects, accounts and functions",
    attack: async (offence) => {
      const session = await client(offence);
      const said = new Set();
      for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty", ""])
        said.add(await ask(session, `/hostile.Target/${name}`, message(Buffer.alloc(0))));
      said.add(await ask(session, "/__proto__/toString", message(Buffer.alloc(0))));
      return [...said].join("; ");
    },
  },
  {
    input: "comes and goes 5,000 times",
    attack: async (offence) => {
      const hello = Buffer.concat([preface, frame(4, 0, 0, Buffer.alloc(0))]);
      for (let round = 0; round < 100; round++)
        await Promise.all(
          Array.from({ length: 50 }, async () => {
            const one = await raw(offence);
            await one.write(hello);
            one.socket.destroy();
          }),
        );
      return "it goes on";
    },
  },
];
