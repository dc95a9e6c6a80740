// The command: `upcall serve`. Serves a module's objects until a signal ends it.

import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type ServeOptions, type Server, serve as serveModule, type Workers } from "upcall";
import { argumentsOf, WrongUsage, wordOf } from "./arguments.ts";
import { reporting } from "./failure.ts";
import { print, printJson } from "./print.ts";
import { checkedUsage } from "./server-at.ts";
import { untilSignal } from "./signals.ts";
import { secretsOf, tokenOptions } from "./token.ts";

const options = {
  on: { type: "string", multiple: true },
  wire: { type: "string" },
  end: { type: "string" },
  workers: { type: "string" },
  expose: { type: "string" },
  insecure: { type: "boolean" },
  "no-reflection": { type: "boolean" },
  json: { type: "boolean" },
  ...tokenOptions,
} as const;

/** @returns the exit code, once a signal has ended it */
export async function serve(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf("serve", options, args, 1);
  const [module] = positionals;
  const urls = values.on ?? [];
  const json = values.json === true;
  if (module === undefined) throw new WrongUsage("serve", "it lacks the module to serve, as in ./server.js.");
  if (urls.length === 0) throw new WrongUsage("serve", "it lacks a place to listen, as in --on tcp://localhost:7000.");
  if (urls.some((url) => url.startsWith("memory:")))
    throw new WrongUsage("serve", "memory: reaches objects of one thread only: use tcp: or unix:.");
  const url = module.startsWith("file:") ? new URL(module) : pathToFileURL(module);
  if (!existsSync(url))
    throw new WrongUsage("serve", `there is no file ${module}: say the path of a module, as in ./server.js.`);
  const secrets = secretsOf("serve", values["token-file"]);
  const terms: ServeOptions = {
    wire: wordOf("serve", "--wire", values.wire, ["native", "plain"]),
    end: wordOf("serve", "--end", values.end, ["chunk", "newline", "half-close"]),
    // serve() refuses an unknown model of workers, with a message that names them all.
    workers: values.workers as Workers | undefined,
    expose: wordOf("serve", "--expose", values.expose, ["nothing", "message", "everything"]),
    insecure: values.insecure,
    reflection: values["no-reflection"] !== true,
    onConnection: json ? (peer) => printJson({ event: "connection", peer: peer.toString() }) : undefined,
    ...(secrets !== undefined && { authenticate: secrets }),
  };
  return await reporting(json, {}, async () => {
    const server = await checkedUsage("serve", () => serveModule(url, urls, terms));
    await run(server, json);
  });
}

async function run(server: Server, json: boolean): Promise<void> {
  // Listened for before anything is printed: the reader of a line may send a signal at once.
  const signalled = untilSignal();
  for (const url of server.urls) {
    if (json) printJson({ event: "listening", url });
    else print(`listening on ${url}`);
  }
  const signal = await signalled;
  if (json) printJson({ event: "draining", signal });
  else process.stderr.write(`${signal}: running calls may finish; a second signal ends them\n`);
  await server.close();
  if (json) printJson({ event: "closed" });
}
