// The inputs that make sense against capnweb, as its wire has them: JSON in messages of a WebSocket.
import { any, raw } from "./any.mjs";
import { addresses, rest, websocket } from "./raw.mjs";

/** @param {import("./any.mjs").Offence} offence @param {string} [from] */
async function client(offence, from) {
  const socket = await websocket(offence.address, from);
  offence.close.push(() => socket.terminate());
  /** @type {string[]} */
  const came = [];
  let count = 0;
  socket.on("message", (data) => {
    count++;
    if (came.length < 2_000) came.push(String(data));
  });
  return {
    socket,
    came,
    get count() {
      return count;
    },
    get open() {
      return socket.readyState === socket.OPEN;
    },
    /** @param {unknown} value */
    send(value) {
      if (socket.readyState === socket.OPEN) socket.send(typeof value === "string" ? value : JSON.stringify(value));
    },
    /** Waits until there is room. */
    async room() {
      while (socket.bufferedAmount > 1_000_000 && socket.readyState === socket.OPEN) await rest(1);
    },
  };
}

/** The answers to so many questions, once each. @param {import("./any.mjs").Offence} offence @param {unknown[]} questions */
async function ask(offence, questions) {
  const one = await client(offence);
  questions.forEach((question, i) => {
    one.send(question);
    one.send(["pull", i + 1]);
  });
  const until = performance.now() + 3_000;
  while (one.open && one.count < questions.length && performance.now() < until) await rest(5);
  const said = new Set(one.came.map((text) => /^\["(resolve|reject|abort)/.exec(text)?.[1] ?? "nothing"));
  return [...said, one.open ? "it goes on" : "closed"].join("; ");
}

const call = (/** @type {string} */ name, /** @type {unknown[]} */ ...args) => ["push", ["pipeline", 0, [name], args]];

/** @type {readonly import("./any.mjs").Attack[]} */
export const attacks = [
  ...any,
  {
    input: "a length of 2^32-1, and of one over the limit",
    attack: async (offence) => {
      const said = new Set();
      for (const length of [Buffer.from("ffffffffffffffff", "hex"), Buffer.from("00000000ffffffff", "hex")]) {
        const one = await raw(offence);
        await one.write(
          Buffer.from(
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
          ),
        );
        await rest(50);
        await one.write(Buffer.concat([Buffer.from([0x81, 0xff]), length, Buffer.alloc(100)]));
        said.add(await one.over(1_000));
      }
      return [...said].join("; ");
    },
  },
  {
    input: "cut at every byte, then closed or reset",
    attack: async (offence) => {
      const short = Buffer.from("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n");
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
    input: "100,000 calls in one segment",
    attack: async (offence) => {
      const one = await client(offence);
      for (let i = 1; i <= 100_000 && one.open; i++) {
        one.send(call("reverse", "ab"));
        one.send(["pull", i]);
        one.send(["release", i, 1]);
        if (i % 10_000 === 0) await one.room();
      }
      const until = performance.now() + 15_000;
      while (one.open && one.count < 100_000 && performance.now() < until) await rest(5);
      return one.open ? "it goes on" : "closed";
    },
  },
  {
    input: "opens and cancels a call a million times",
    attack: async (offence) => {
      const one = await client(offence);
      let sent = 0;
      for (; sent < 200_000 && one.open; sent++) {
        one.send(call("wait"));
        one.send(["release", sent + 1, 1]);
        if (sent % 1_000 === 0) await one.room();
      }
      await rest(500);
      return one.open ? `it goes on (${sent} were sent)` : `closed after ${sent}`;
    },
  },
  {
    input: "200,000 calls that do not settle",
    attack: async (offence) => {
      const one = await client(offence);
      for (let i = 1; i <= 200_000 && one.open; i++) {
        one.send(call("wait"));
        one.send(["pull", i]);
        if (i % 1_000 === 0) await one.room();
      }
      const until = performance.now() + 5_000;
      while (one.open && one.socket.bufferedAmount > 0 && performance.now() < until) await rest(10);
      await rest(500);
      return one.open ? (one.came.length > 0 ? "refused" : "it goes on") : "closed";
    },
  },
  {
    input: "200,000 calls, and never reads an answer",
    attack: async (offence) => {
      const one = await client(offence);
      one.socket.pause();
      const text = "x".repeat(1_000);
      const until = performance.now() + 15_000;
      for (let i = 1; i <= 200_000 && one.open && performance.now() < until; i++) {
        one.send(call("reverse", text));
        one.send(["pull", i]);
        if (i % 100 === 0) await one.room();
      }
      return one.open ? "it goes on" : "closed";
    },
  },
  {
    input: "a producer of 1 GiB, all of it granted, and a reader that never reads",
    attack: async (offence) => {
      const one = await client(offence);
      one.send(call("large", 16 * 1024));
      one.send(["pull", 1]);
      await rest(50);
      one.socket.pause();
      await rest(3_000);
      return one.open ? "it goes on" : "closed";
    },
  },
  {
    input: "10 million arrays in each other, and 4 MiB of them",
    attack: async (offence) => {
      const one = await client(offence);
      for (const count of [10_000_000, 4 * 1024 * 1024]) {
        one.send("[".repeat(count));
        one.send(`["push",["pipeline",0,["echo"],[${"[".repeat(count / 2)}1${"]".repeat(count / 2)}]]]`);
        await one.room();
      }
      const until = performance.now() + 10_000;
      while (one.open && performance.now() < until) await rest(20);
      return one.open ? "it goes on" : "closed";
    },
  },
  {
    input: "keys that mean something to the language: constructor, then, toJSON ...",
    attack: async (offence) =>
      await ask(
        offence,
        ["__proto__", "constructor", "then", "toJSON", "toString", "hasOwnProperty"].map(
          (name) => `["push",["pipeline",0,["echo"],[{"${name}":{"${name}":1}}]]]`,
        ),
      ),
  },
  {
    input: "calls members that no interface names, of objects, accounts and functions",
    attack: async (offence) =>
      await ask(
        offence,
        ["constructor", "__proto__", "toString", "hasOwnProperty", "then", "__defineGetter__", ""].map((name) =>
          call(name),
        ),
      ),
  },
  {
    input: "calls references that were never sent",
    attack: async (offence) =>
      await ask(
        offence,
        [77, -1, -5, 2 ** 31, 2 ** 32, 0.5].map((id) => ["push", ["pipeline", id, ["deposit"], [1]]]),
      ),
  },
  {
    input: "takes 20,000 objects and gives none back",
    attack: async (offence) => {
      const one = await client(offence);
      for (let i = 1; i <= 20_000 && one.open; i++) {
        one.send(call("open"));
        one.send(["pull", i]);
        if (i % 1_000 === 0) await one.room();
      }
      const until = performance.now() + 5_000;
      while (one.open && one.count < 20_000 && performance.now() < until) await rest(5);
      return one.open ? "it goes on" : "closed";
    },
  },
  {
    input: "asks for `process`, the object itself, a function and a symbol",
    attack: async (offence) => await ask(offence, [call("odd")]),
  },
  {
    input: "comes and goes 5,000 times",
    attack: async (offence) => {
      for (let round = 0; round < 100; round++)
        await Promise.all(
          addresses(50).map(async (from) => {
            const socket = await websocket(offence.address, from);
            socket.terminate();
          }),
        );
      return "it goes on";
    },
  },
];
