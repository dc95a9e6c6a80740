// A server whose skeleton hands each request to a real object that knows nothing of it. Serves until Ctrl-C.
import { serve } from "upcall";
import { skeletonFrom } from "../arguments.ts";
import { reversed } from "../subject/reversed.ts";
import { Subject } from "../subject/subject.ts";

const realSubject = { request: reversed };

const { url, options, threads } = skeletonFrom("skeleton-delegation");
const server = threads
  ? await serve(Subject, new URL("../subject/delegate.js", import.meta.url), url, { ...options, workers: "threads" })
  : await serve(Subject, realSubject, url, options);
console.log(`server on: localhost port: ${server.url.split(":").at(-1)}`);

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void server.close());
