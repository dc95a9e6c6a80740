// Loaded by workers: a method that can go wrong in each way.
import { Skeleton } from "upcall";
import { reverse, Subject } from "../subject.ts";

export default class RealSubject extends Skeleton(Subject) {
  request(data: string): string {
    if (data === "throw") throw new Error("it was asked for");
    if (data === "number") return 7 as never;
    if (data === "exit") process.exit(3);
    return reverse(data);
  }
}
