// Loaded by workers, and served inline by the same suite. It has no state but what it remembers.
import { Skeleton } from "upcall";
import { Book } from "../order-subject.ts";

let names: string[] = [];

export default class RealBook extends Skeleton(Book) {
  put(name: string): void {
    names.push(name);
  }

  note(name: string): void {
    names.push(name);
  }

  page() {
    const enter = async (name: string): Promise<void> => void names.push(name);
    return { put: enter, note: enter };
  }

  entered(): readonly string[] {
    const all = names;
    names = [];
    return all;
  }
}
