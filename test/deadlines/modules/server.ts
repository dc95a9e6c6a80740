// A server in a process of its own: `server.js WORKERS`. Says where it listens; when its owner lets go of it, it closes
// and ends by itself, if nothing is left in it.
import { serve, type Workers } from "upcall";
import object from "./object.ts";
import { Subject } from "./subject.ts";

const [workers = "inline"] = process.argv.slice(2) as [Workers?];
const limits = { grace: 100, drain: 300 };
const url = "tcp://127.0.0.1:0";
const server =
  workers === "inline"
    ? await serve([object], url, { limits })
    : await serve(Subject, new URL("./object.js", import.meta.url), url, { workers, limits });
process.once("disconnect", () => void server.close());
process.send?.(server.url);
