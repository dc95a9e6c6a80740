// A server with workers as a program of its own: it says its URL, ends its server at Ctrl-C, and says when that is done.
import { serve, type Workers } from "upcall";
import { Subject } from "../subject.ts";

const [workers = "processes:2", how = "stay"] = process.argv.slice(2);
const module = new URL("../real-subject.js", import.meta.url);
const server = await serve(Subject, module, "tcp://127.0.0.1:0", {
  workers: workers as Workers,
  limits: { grace: 200, queueTime: 30_000 },
});
process.on("SIGINT", () => void server.close().then(() => console.log("closed")));
console.log(server.url);
if (how === "end") {
  await server.close();
  console.log("closed");
}
