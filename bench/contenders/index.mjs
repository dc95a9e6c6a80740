// @ts-check
// Who takes part, in which works, and in which file. Each file has the same shape:
//
//   packages                      what it is made of, for the versions in the results
//   serve(name, work)             starts the callee; gives an address, and a way to close it
//   connect(name, address, work)  gives a client, driven by drive.mjs
//   run(name, address, work, ms)  instead of connect, where the client drives itself: gives the number of calls

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} file
 * @property {readonly string[]} works
 * @property {boolean} together caller and callee in one process, because the medium does not leave it
 * @property {"ours" | "limit" | "peer"} side
 * @property {string} about
 */

const all = ["W1", "W2", "W3", "W4", "W5", "W6"];
const streaming = [...all, "W7"];
const inProcess = ["W1", "W2", "W3", "W4", "W5", "W7"];
const threads = ["W1", "W2", "W3", "W4", "W5", "W8", "W8-512"];
const pooled = ["W1", "W2", "W3", "W4", "W5"];

/** @type {readonly Contender[]} */
export const contenders = [
  {
    name: "limit",
    file: "limit.mjs",
    works: streaming,
    together: false,
    side: "limit",
    about: "node:net by hand: no ids, promises, texts or codec; one write a turn",
  },
  {
    name: "limit unix",
    file: "limit.mjs",
    works: streaming,
    together: false,
    side: "limit",
    about: "the same over a Unix socket",
  },
  {
    name: "limit-rpc",
    file: "limit-rpc.mjs",
    works: ["W1", "W2", "W3"],
    together: false,
    side: "limit",
    about: "the same with an id, a promise and a text for each call",
  },
  {
    name: "messages",
    file: "messages.mjs",
    works: ["W1", "W2", "W3", "W8", "W8-512"],
    together: true,
    side: "limit",
    about: "bare worker_threads messages: one array a turn",
  },
  {
    name: "upcall tcp",
    file: "upcall.mjs",
    works: streaming,
    together: false,
    side: "ours",
    about: "native wire over TCP",
  },
  {
    name: "upcall tcp ambient",
    file: "upcall.mjs",
    works: ["W2"],
    together: false,
    side: "ours",
    about: "TCP, each call followed through the promises of the object's code",
  },
  {
    name: "upcall unix",
    file: "upcall.mjs",
    works: streaming,
    together: false,
    side: "ours",
    about: "native wire over a Unix socket",
  },
  {
    name: "upcall memory",
    file: "upcall.mjs",
    works: inProcess,
    together: true,
    side: "ours",
    about: "native wire within one process",
  },
  {
    name: "upcall tcp threads:1",
    file: "upcall.mjs",
    works: pooled,
    together: false,
    side: "ours",
    about: "TCP, a pool of one thread",
  },
  {
    name: "upcall tcp processes:1",
    file: "upcall.mjs",
    works: pooled,
    together: false,
    side: "ours",
    about: "TCP, a pool of one process",
  },
  {
    name: "upcall tcp threads:per-connection",
    file: "upcall.mjs",
    works: pooled,
    together: false,
    side: "ours",
    about: "TCP, a thread for the connection",
  },
  {
    name: "upcall memory threads:1",
    file: "upcall.mjs",
    works: ["W8", "W8-512"],
    together: true,
    side: "ours",
    about: "memory: and a pool of one thread",
  },
  {
    name: "upcall inline",
    file: "upcall.mjs",
    works: ["W10"],
    together: false,
    side: "ours",
    about: "TCP, upcalls in the server's own thread",
  },
  {
    name: "upcall threads:2",
    file: "upcall.mjs",
    works: ["W10"],
    together: false,
    side: "ours",
    about: "TCP, a pool of two threads",
  },
  {
    name: "upcall processes:2",
    file: "upcall.mjs",
    works: ["W10"],
    together: false,
    side: "ours",
    about: "TCP, a pool of two processes",
  },
  {
    name: "rsocket",
    file: "rsocket.mjs",
    works: streaming,
    together: false,
    side: "peer",
    about: "rsocket-js over TCP, binary frames; records as JSON",
  },
  { name: "birpc", file: "birpc.mjs", works: all, together: false, side: "peer", about: "birpc over ws and msgpackr" },
  { name: "grpc", file: "grpc.mjs", works: streaming, together: false, side: "peer", about: "@grpc/grpc-js, no TLS" },
  { name: "capnweb", file: "capnweb.mjs", works: streaming, together: false, side: "peer", about: "Cap'n Web over ws" },
  {
    name: "trpc",
    file: "trpc.mjs",
    works: all,
    together: false,
    side: "peer",
    about: "tRPC over ws; bytes as base64 text, as its JSON has none",
  },
  {
    name: "comlink",
    file: "comlink.mjs",
    works: threads,
    together: true,
    side: "peer",
    about: "Comlink on a worker thread",
  },
  { name: "piscina", file: "piscina.mjs", works: threads, together: true, side: "peer", about: "piscina, one thread" },
];

export function contenderOf(/** @type {string} */ name) {
  const found = contenders.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`no contender is called ${name}; there are ${contenders.map((each) => each.name).join(", ")}`);
  return found;
}
