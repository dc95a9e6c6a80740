// A cluster whose workers serve on one Unix socket; prints who answered, and what is left when all are gone.

import cluster from "node:cluster";
import { existsSync } from "node:fs";
import { connect, defineInterface, method, serve } from "upcall";

const Who = defineInterface("Who", { am: method<() => number>() });
const path = process.argv[2] ?? "";

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  const ready = workers.map((worker) => new Promise((resolve) => worker.once("message", resolve)));
  const told = await Promise.all(ready);
  const seen = new Set<number>();
  while (seen.size < 2) {
    const who = await connect(Who, `unix:${path}`, { reconnect: false });
    seen.add(await who.am());
  }
  // The primary closes what a worker had when its channel is closed, which may be seen after its end.
  const gone = workers.flatMap((worker) =>
    ["exit", "disconnect"].map((event) => new Promise((resolve) => worker.once(event, resolve))),
  );
  for (const worker of workers) worker.kill();
  await Promise.all(gone);
  console.log(JSON.stringify({ told, answered: seen.size, left: existsSync(path) }));
  process.exit();
} else {
  await serve(Who, { am: () => process.pid }, `unix:${path}`);
  process.send?.("serves");
}
