// A server whose skeleton is the base class of the real object. Serves until Ctrl-C.
import { serve } from "upcall";
import { skeletonFrom } from "../arguments.ts";
import RealSubject from "../subject/real-subject.ts";

const { url, options, threads } = skeletonFrom("skeleton-inheritance");
const server = threads
  ? await serve(new URL("../subject/real-subject.js", import.meta.url), url, { ...options, workers: "threads" })
  : await serve(new RealSubject(), url, options);
console.log(`server on: localhost port: ${server.url.split(":").at(-1)}`);

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void server.close());
