// `npm start`: serves one object over every medium, wire and worker model there is, calls each through proxies, from
// this process and from another one, and shows what came back. `npm start -- --serve` keeps them all open.
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ProxyOf, type Server, serve } from "upcall";
import { Subject } from "../subject/subject.ts";
import { type Combination, combinations } from "./combinations.ts";
import { Neighbour } from "./neighbour.ts";
import { forget, heading, line, progress, summary } from "./table.ts";
import { timedCalls } from "./timing.ts";

const text = "perché";
const expected = "éhcrep";
const keep = process.argv.includes("--serve");
const folder = await mkdtemp(join(tmpdir(), "upcall-tour-"));

const open = async ({ medium, wire, workers }: Combination, index: number): Promise<Server> => {
  const where = { tcp: "tcp://localhost:0", udp: "udp://localhost:0", memory: `memory:tour-${index}` };
  const url = medium === "unix" ? `unix:${join(folder, `${index}.sock`)}` : where[medium as keyof typeof where];
  return await serve(Subject, new URL("../subject/real-subject.js", import.meta.url), url, { wire, workers });
};

/** Calls from here and, where another process can reach it, from there. */
async function show(combination: Combination, server: Server, neighbour: ProxyOf<typeof Neighbour>): Promise<boolean> {
  const { medium, wire, workers } = combination;
  await using subject = await connect(Subject, server.url, { wire });
  const here = await timedCalls(subject, text);
  const there = medium === "memory" ? null : await neighbour.call(server.url, wire, text);
  const right = here.reply === expected && (there === null || there.reply === expected);
  line({
    medium,
    wire,
    workers,
    call: `request("${text}")`,
    reply: here.reply,
    here: here.time,
    there: there?.time ?? null,
    right,
  });
  return right;
}

const child = fork(new URL("./neighbour.js", import.meta.url), ["serve"]);
const neighbourUrl = await new Promise<string>((resolve, reject) => {
  child.once("message", (url) => (typeof url === "string" ? resolve(url) : reject(new Error("it sent no URL"))));
  child.once("exit", (code) =>
    reject(new Error(`the other process ended with code ${code} before it could be called`)),
  );
});
const neighbour = await connect(Neighbour, neighbourUrl, { timeout: 60_000 });

const kept: Server[] = [];
let wrong = 0;
const start = performance.now();
heading();
try {
  for (const [index, combination] of combinations.entries()) {
    progress(index, combinations.length, combination);
    const server = await open(combination, index);
    const right = await show(combination, server, neighbour);
    if (!right) wrong++;
    if (keep) kept.push(server);
    else await server.close();
  }
  forget();
  summary(combinations.length, wrong, performance.now() - start);
} finally {
  await neighbour[Symbol.asyncDispose]();
  child.disconnect();
  if (!keep) await rm(folder, { recursive: true });
}

if (keep) {
  const first = (wire: string, medium: string): string =>
    kept[combinations.findIndex((each) => each.wire === wire && each.medium === medium)]?.url ?? "";
  console.log("\nAll of them are still served. In another terminal:\n");
  console.log(`  npx upcall call ${first("native", "tcp")} Subject.request hello`);
  console.log(`  npx upcall list ${first("native", "unix")}`);
  console.log(
    `  printf hello | nc ${first("plain", "tcp")
      .replace(/^tcp:\/\//, "")
      .replace(":", " ")}`,
  );
  console.log("\nCtrl-C ends.");
  const end = async (): Promise<void> => {
    await Promise.all(kept.map((server) => server.close()));
    await rm(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end());
} else process.exitCode = wrong === 0 ? 0 : 1;
