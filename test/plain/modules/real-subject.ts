// Loaded by workers: a method that can go wrong in each way.
import { Skeleton } from "upcall";
import { reverse, Subject } from "../subject.ts";

export default class RealSubject extends Skeleton(Subject) {
  async request(data: string): Promise<string> {
    if (data === "throw") throw new Error("it was asked for");
    if (data === "number") return 7 as never;
    if (data === "exit") process.exit(3);
    if (data.startsWith("large")) return data.slice(-1).repeat(40_000_000);
    // By now whoever has said everything has ended its side.
    await new Promise((resolve) => setTimeout(resolve, 5));
    return reverse(data);
  }
}
