// A server for tests of what happens when its process dies. Prints its URL.

import { serve } from "upcall";
import { RealSubject, Subject } from "../interfaces.ts";

const server = await serve(Subject, new RealSubject(), process.argv[2] ?? "tcp://127.0.0.1:0");
process.stdout.write(`${server.url}\n`);
