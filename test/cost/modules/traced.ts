// Run under strace: serves over TCP until its standard input ends; the first line it prints is its URL.
import { serve } from "upcall";
import { many, object } from "./subject.ts";

const server = await serve([object()], "tcp://127.0.0.1:0", { limits: many });
process.stdout.write(`${server.url}\n`);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
