// The other process of the tour: it serves one method, which calls the subject from that process.
import { connect, defineInterface, method, Skeleton, serve, type WireName } from "upcall";
import { Subject } from "../subject/subject.ts";
import { timedCalls } from "./timing.ts";

export const Neighbour = defineInterface("Neighbour", {
  call: method<(url: string, wire: WireName, text: string) => { reply: string; time: number }>({ plain: "value" }),
});

class RealNeighbour extends Skeleton(Neighbour) {
  async call(url: string, wire: WireName, text: string): Promise<{ reply: string; time: number }> {
    await using subject = await connect(Subject, url, { wire });
    return await timedCalls(subject, text);
  }
}

// Only where this file is the program, and not where its interface is imported.
if (process.argv[2] === "serve") {
  const server = await serve(new RealNeighbour(), "tcp://localhost:0");
  process.send?.(server.url);
  process.once("disconnect", () => void server.close());
}
