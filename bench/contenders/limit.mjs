// The limit: what node:net does when nothing is asked of it but bytes. One write a turn; replies come in order, so
// there are no ids.
import { rmSync } from "node:fs";
import { connect as connectSocket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesOf, longestCount, records, texts, variety } from "../works.mjs";

export const packages = [];

const unixPath = () => join(tmpdir(), `upcall-bench-limit-${process.pid}.sock`);
const textLength = 32;
const itemLength = 16;
const itemsAtOnce = 4 * 1024;

/** All texts behind one another, and their replies: a frame is 32 bytes, known to both sides. */
const questions = Buffer.concat(texts.map((text) => Buffer.from(text)));
const answers = Buffer.concat(texts.map((text) => Buffer.from(text).reverse()));
const recordBytes = Buffer.from(JSON.stringify(records));

export async function serve(/** @type {string} */ name, /** @type {import("../works.mjs").Work} */ work) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => {});
    if (work.payload === "text") reverseAll(socket);
    else if (work.payload === "stream") countUp(socket);
    else socket.on("data", (chunk) => socket.write(chunk));
  });
  const path = name === "limit unix" ? unixPath() : "";
  if (path !== "") rmSync(path, { force: true });
  await new Promise((resolve) =>
    path === "" ? server.listen(0, "127.0.0.1", () => resolve(null)) : server.listen(path, () => resolve(null)),
  );
  const address = server.address();
  return {
    address: path !== "" ? path : String(typeof address === "object" ? address?.port : ""),
    close: () => server.close(),
  };
}

function reverseAll(/** @type {import("node:net").Socket} */ socket) {
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % textLength);
    for (let start = 0; start < whole; start += textLength) {
      for (let low = start, high = start + textLength - 1; low < high; low++, high--) {
        const byte = bytes[low] ?? 0;
        bytes[low] = bytes[high] ?? 0;
        bytes[high] = byte;
      }
    }
    if (whole > 0) socket.write(bytes.subarray(0, whole));
    rest = bytes.subarray(whole);
  });
}

/** Frames of 16 bytes with a number in each, as fast as they are taken. */
function countUp(/** @type {import("node:net").Socket} */ socket) {
  let next = 0;
  const more = () => {
    let room = true;
    while (room && !socket.destroyed) {
      const batch = Buffer.allocUnsafe(itemsAtOnce * itemLength);
      for (let at = 0; at < batch.length; at += itemLength) {
        batch.writeUInt32BE(itemLength - 4, at);
        batch.writeUInt32BE(0, at + 4);
        batch.writeUInt32BE(0, at + 8);
        batch.writeUInt32BE(next, at + 12);
        next = (next + 1) % longestCount;
      }
      room = socket.write(batch);
    }
  };
  socket.on("drain", more);
  more();
}

/** Reads such frames for so long. @returns {Promise<number>} */
function readNumbers(/** @type {string} */ address, /** @type {number} */ milliseconds) {
  return new Promise((resolve, reject) => {
    const end = performance.now() + milliseconds;
    let count = 0;
    let rest = Buffer.alloc(0);
    const socket = connectSocket(terms(address));
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      for (; at + itemLength <= bytes.length; at += itemLength) {
        if (bytes.readUInt32BE(at + 12) !== count % longestCount) reject(new Error(`item ${count} is another`));
        count++;
      }
      rest = bytes.subarray(at);
      if (performance.now() < end) return;
      socket.destroy();
      resolve(count);
    });
  });
}

function terms(/** @type {string} */ address) {
  return address.startsWith("/") ? { path: address } : { port: Number(address), host: "127.0.0.1", noDelay: true };
}

/** @returns {Promise<number>} */
export async function run(
  /** @type {string} */ _name,
  /** @type {string} */ address,
  /** @type {import("../works.mjs").Work} */ work,
  /** @type {number} */ milliseconds,
) {
  if (work.payload === "stream") return await readNumbers(address, milliseconds);
  if (work.fresh) return await freshLoop(address, work.inFlight, milliseconds);
  if (work.payload === "text")
    return await stream(address, questions, answers, textLength, work.inFlight, milliseconds);
  const bytes = work.payload === "bytes" ? Buffer.from(bytesOf(work.size)) : recordBytes;
  return await stream(address, bytes, bytes, bytes.length, work.inFlight, milliseconds);
}

/**
 * Keeps `inFlight` messages of `length` bytes in flight; message n is the n-th of `out`, which begins again at its end,
 * and its reply the n-th of `back`. Reads into one buffer that is used again and again.
 */
function stream(
  /** @type {string} */ address,
  /** @type {Buffer} */ out,
  /** @type {Buffer} */ back,
  /** @type {number} */ length,
  /** @type {number} */ inFlight,
  /** @type {number} */ milliseconds,
) {
  const count = out.length / length;
  return new Promise((resolve, reject) => {
    let sent = 0;
    let received = 0;
    let place = 0;
    const end = performance.now() + milliseconds;
    let over = false;
    const kept = Buffer.alloc(count === 1 ? 0 : inFlight * length);
    const send = (/** @type {number} */ messages) => {
      // Few large ones are written as they are; many small ones are put together, which is one write a turn as well.
      if (count === 1) for (let each = 0; each < messages; each++) socket.write(out);
      else {
        let at = 0;
        // What is still being sent must stay as it is.
        const batch = socket.writableLength === 0 ? kept : Buffer.alloc(kept.length);
        for (let left = messages; left > 0; ) {
          const first = sent % count;
          const some = Math.min(left, count - first);
          at += out.copy(batch, at, first * length, (first + some) * length);
          left -= some;
          sent += some;
        }
        socket.write(batch.subarray(0, at));
        return;
      }
      sent += messages;
    };
    /** @returns {boolean} */
    const take = (/** @type {number} */ size, /** @type {Uint8Array} */ bytes) => {
      const before = Math.floor(received / length);
      for (let at = 0; at < size; ) {
        const some = Math.min(size - at, back.length - place);
        if (back.compare(bytes, at, at + some, place, place + some) !== 0) {
          reject(new Error("a reply is not what it should be"));
          socket.destroy();
          return false;
        }
        at += some;
        place = (place + some) % back.length;
      }
      received += size;
      const messages = Math.floor(received / length) - before;
      if (messages === 0) return true;
      over ||= performance.now() >= end;
      if (!over) socket.cork();
      if (!over) send(messages);
      if (!over) socket.uncork();
      if (over && received === sent * length) {
        socket.destroy();
        resolve(sent);
      }
      return true;
    };
    const socket = connectSocket({ ...terms(address), onread: { buffer: Buffer.alloc(256 * 1024), callback: take } });
    socket.on("error", reject);
    socket.on("connect", () => {
      socket.cork();
      send(inFlight);
      socket.uncork();
    });
  });
}

async function freshLoop(
  /** @type {string} */ address,
  /** @type {number} */ clients,
  /** @type {number} */ milliseconds,
) {
  const end = performance.now() + milliseconds;
  let calls = 0;
  const lane = async () => {
    while (performance.now() < end) {
      const place = (calls++ & (variety - 1)) * textLength;
      await once(address, place);
    }
  };
  await Promise.all(Array.from({ length: clients }, lane));
  return calls;
}

/** @returns {Promise<void>} */
function once(/** @type {string} */ address, /** @type {number} */ place) {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(terms(address));
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      if (answers.compare(chunk, 0, textLength, place, place + textLength) !== 0)
        reject(new Error("a reply is not what it should be"));
      socket.end();
    });
    socket.on("close", () => resolve());
    socket.write(questions.subarray(place, place + textLength));
  });
}
