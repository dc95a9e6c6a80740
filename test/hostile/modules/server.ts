// The process that is attacked: the same objects behind several doors. Its arguments are the names of those to open.

import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { implement, type ServeObjectOptions, type Server, serve } from "upcall";
import { authenticate, authorize, secret } from "../guards.ts";
import { serveKeeper } from "../keeper.ts";
import { monitor } from "../monitor.ts";
import { RealTarget, reversed } from "../real-target.ts";
import { Line, Target } from "../target.ts";
import { trap, tripped } from "../traps.ts";

/** A folder that everybody may look into: what keeps strangers from its sockets is the sockets' own rights. */
const folder = mkdtempSync(join(tmpdir(), "upcall-hostile-"));
chmodSync(folder, 0o755);
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const { real, line } = { real: new RealTarget(), line: { request: reversed } };
trap(line, "line");

/** Times that an attack may wait for. */
const short = { greetingTime: 400, unsentTime: 400, timeout: 1_000, lease: 900, drain: 500 };

/** Hooks that hang are given up after this. */
const guarded = { authenticate, authorize, limits: { authenticationTime: 400, authorizationTime: 400 } };

function native(urls: readonly string[], options: ServeObjectOptions = {}): Promise<Server> {
  return serve([implement(Target, real)], urls, options);
}

function plain(end: "newline" | "half-close" | "chunk", name: string, limits = {}): Promise<Server> {
  return serve(Line, line, ["tcp://127.0.0.1:0", `unix:${join(folder, name)}`], { wire: "plain", end, limits });
}

const here = new URL("../real-target.js", import.meta.url);

const makes: Readonly<Record<string, () => Promise<Pick<Server, "urls" | "counters">>>> = {
  native: () => native(["tcp://127.0.0.1:0", `unix:${join(folder, "native")}`]),
  short: () => native(["tcp://127.0.0.1:0", `unix:${join(folder, "short")}`], { limits: short }),
  pool: () => serve(here, "tcp://127.0.0.1:0", { workers: "threads:2" }),
  processes: () => serve(here, "tcp://127.0.0.1:0", { workers: "processes:2" }),
  "own thread": () => serve(here, "tcp://127.0.0.1:0", { workers: "threads:per-connection" }),
  "own process": () => serve(here, "tcp://127.0.0.1:0", { workers: "processes:per-connection" }),
  newline: () => plain("newline", "newline"),
  "half-close": () => plain("half-close", "half-close"),
  chunk: () => plain("chunk", "chunk", { connectionsPerAddress: 256 }),
  "short newline": () => plain("newline", "short-newline", short),
  "short half-close": () => plain("half-close", "short-half-close", short),
  "short chunk": () => plain("chunk", "short-chunk", short),
  doors: () => native(["tcp://127.0.0.1:0", `unix:${join(folder, "doors")}`], guarded),
  secret: () =>
    native(["tcp://127.0.0.1:0", `unix:${join(folder, "secret")}`], { authenticate: ["an older secret", secret] }),
  "pool doors": () => serve(here, "tcp://127.0.0.1:0", { workers: "threads:2", ...guarded }),
  "own secret": () => serve(here, "tcp://127.0.0.1:0", { workers: "threads:per-connection", authenticate: secret }),
  closing: () => serveKeeper(real),
};

const servers = new Map<string, Pick<Server, "urls" | "counters">>();
for (const name of process.argv.slice(2)) {
  const make = makes[name];
  if (make === undefined) throw new Error(`there is no door ${name}`);
  servers.set(name, await make());
}

function counters(): Record<string, number> {
  return Object.fromEntries(
    [...servers].flatMap(([name, server]) =>
      Object.entries(server.counters()).map(([counter, value]) => [`${name} ${counter}`, value]),
    ),
  );
}

monitor({ counters, tripped: () => tripped });
process.send?.(Object.fromEntries([...servers].map(([name, { urls }]) => [name, urls])));
