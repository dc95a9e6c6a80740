// What a hostile server may answer to the `upcall` command, and what is shown of it: a table for its test and for the page.

import { createServer } from "node:net";
import {
  DeclaredError,
  defineInterface,
  type Implemented,
  implement,
  method,
  type Server,
  serve,
  stream,
  UpcallError,
} from "upcall";
import { defineOwnInterface } from "#internal/interface/define.js";
import { kind } from "#internal/wire/native/frame.js";
import { bodyOf, frameOf, prefaceBytes } from "../harness/stranger.ts";

/** Sets a title, clears the screen, deletes, turns the order round, and begins a line that looks like the command's own. */
export const planted =
  "a\u001b]0;mine\u0007\u009b2J\u009d0;mine\u009c\u007f\u0085\u202e\u2066b\r\nupcall: all is well\u2028c";

/** Whoever answers: its URL, until it is closed. */
export interface Answering {
  readonly url: string;
  close(): Promise<void>;
}

export interface Answer {
  readonly name: string;
  readonly server: () => Promise<Answering>;
  /** Behind the URL. */
  readonly command: (url: string) => readonly string[];
  readonly code: 0 | 1;
  /** What is shown, as the page says it. */
  readonly shown: string;
  /** What all that is shown must have in it, on a terminal and in a pipe. */
  readonly matches: RegExp;
}

class Refused extends DeclaredError<unknown>("Refused") {}

const Subject = defineInterface("Subject", {
  text: method<() => string>(),
  keys: method<() => unknown>({ plain: "value" }),
  items: method({ args: [], returns: stream<string>() }),
  fail: method<() => never>(),
  refuse: method<() => never>({ errors: [Refused] }),
});

const named = Object.assign(new Error(planted), { name: planted, code: planted });

const subject = {
  text: () => planted,
  keys: () => [{ [planted]: 1 }, new Map([[planted, new Set([planted])]]), named],
  async *items() {
    yield planted;
    yield planted;
  },
  fail(): never {
    throw new UpcallError("FAILED_PRECONDITION", planted, { cause: named });
  },
  refuse(): never {
    throw new Refused(planted, { [planted]: planted });
  },
};

const serving = async (skeletons: readonly Implemented[], reflection: boolean): Promise<Server> =>
  await serve(skeletons, "tcp://127.0.0.1:0", { reflection, limits: { nodes: 10_000_000 } });
const honest = (): Promise<Answering> => serving([implement(Subject, subject)], true);

const Told = defineOwnInterface("upcall.Reflection", { interfaces: method<() => unknown>({ plain: "value" }) });
const telling = (told: () => unknown) => (): Promise<Answering> =>
  serving([implement(Told, { interfaces: told })], false);

const goodMethod = {
  name: "go",
  kind: "call",
  plain: "text",
  idempotent: false,
  timeout: null,
  args: null,
  returns: null,
};
const withMethod = (fields: object): unknown => [
  { name: "Subject", fingerprint: "0123456789abcdef", methods: [{ ...goodMethod, ...fields }] },
];

/** Bytes for whoever connects, whatever it says. */
const saying = (bytes: Uint8Array) => async (): Promise<Answering> => {
  const server = createServer((socket) => {
    socket.on("error", () => {}).resume();
    socket.end(bytes);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("it has no port");
  return {
    url: `tcp://127.0.0.1:${address.port}`,
    async close() {
      server.close();
    },
  };
};
const refusal = { code: "UNAVAILABLE", reason: "BUSY", outcome: "not-executed", message: planted };
const refusing = saying(
  Buffer.concat([prefaceBytes(), frameOf(kind.refusal, {}, bodyOf({ ...refusal, versions: [1] }))]),
);

const escapes =
  /a\\u001b\]0;mine\\u0007\\u009b2J\\u009d0;mine\\u009c\\u007f\\u0085\\u202e\\u2066b\\r\\nupcall: all is well\\u2028c/;
const noDescription = /does not describe what it serves as servers of upcall do: .*\bINTERNAL\b.*\bBAD_RESULT\b/s;
const call =
  (name: string, ...more: readonly string[]) =>
  (url: string) => ["call", url, `Subject.${name}`, ...more];

export const terminals: readonly Answer[] = [
  {
    name: "a text as a result",
    server: honest,
    command: call("text"),
    code: 0,
    shown: "JSON with escapes",
    matches: escapes,
  },
  {
    name: "keys of objects and maps, members of sets, names, messages and codes of errors in a result",
    server: honest,
    command: call("keys"),
    code: 0,
    shown: "JSON with escapes",
    matches: new RegExp(`(?:.*?${escapes.source}){6}`, "s"),
  },
  {
    name: "items of a stream",
    server: honest,
    command: call("items"),
    code: 0,
    shown: "JSON with escapes",
    matches: new RegExp(`"${escapes.source}"\\s+"${escapes.source}"`),
  },
  {
    name: "the message of an error",
    server: honest,
    command: call("fail"),
    code: 1,
    shown: "its line, with escapes",
    matches: escapes,
  },
  {
    name: "the message of an error, with --json",
    server: honest,
    command: call("fail", "--json"),
    code: 1,
    shown: "JSON with escapes",
    matches: escapes,
  },
  {
    name: "the data of a declared error",
    server: honest,
    command: call("refuse"),
    code: 1,
    shown: "its lines, with escapes",
    matches: new RegExp(`data \\{"${escapes.source}":"${escapes.source}"\\}`),
  },
  {
    name: "the message of errors under load",
    server: honest,
    command: (url) => ["bench", url, "Subject.fail", "--calls", "5", "--warm-up", "0"],
    code: 1,
    shown: "its line, with escapes",
    matches: /\\u001b\]0;mine\\u0007\\u009b2J/,
  },
  {
    name: "the message of errors under load, with --json",
    server: honest,
    command: (url) => ["bench", url, "Subject.fail", "--calls", "5", "--warm-up", "0", "--json"],
    code: 1,
    shown: "JSON with escapes",
    matches: escapes,
  },
  {
    name: "a refusal in the place of a greeting",
    server: refusing,
    command: (url) => ["ping", url],
    code: 1,
    shown: "its line, with escapes",
    matches: escapes,
  },
  {
    name: "a reply on the plain wire",
    server: saying(Buffer.from(planted)),
    command: (url) => ["call", url, "--wire", "plain", "hello"],
    code: 0,
    shown: "its lines, with escapes; in a pipe its bytes",
    matches: /all is well/,
  },
  {
    name: "an error of reflection",
    server: telling(() => subject.fail()),
    command: (url) => ["list", url],
    code: 1,
    shown: "its line, with escapes",
    matches: escapes,
  },
  ...["list", "describe"].map(
    (command): Answer => ({
      name: `names and words that a terminal obeys, to upcall ${command}`,
      server: telling(() => withMethod({ name: planted, returns: planted })),
      command: (url) => [command, url],
      code: 1,
      shown: "INTERNAL BAD_RESULT, and where it is wrong",
      matches: noDescription,
    }),
  ),
  {
    name: "a million interfaces",
    server: telling(() => Array.from({ length: 1_000_000 }, () => null)),
    command: (url) => ["list", url],
    code: 1,
    shown: "INTERNAL BAD_RESULT, and the limit",
    matches: /cannot be read: .*limits\.nodes.*BAD_RESULT/s,
  },
  {
    name: "methods that a terminal obeys, to whoever calls one",
    server: telling(() => withMethod({ name: planted })),
    command: call("go"),
    code: 1,
    shown: "INTERNAL BAD_RESULT, and where it is wrong",
    matches: noDescription,
  },
];
