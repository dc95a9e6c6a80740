// The real object, by inheritance. A module that workers load: its default export is the class.
import { Skeleton } from "upcall";
import { reversed } from "./reversed.ts";
import { Subject } from "./subject.ts";

export default class RealSubject extends Skeleton(Subject) {
  request(data: string): string {
    return reversed(data);
  }
}
