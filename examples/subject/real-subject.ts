// The real object. A module that workers load: its default export is the class.
import { Skeleton } from "upcall";
import { Subject } from "./subject.ts";

const characters = new Intl.Segmenter();

export default class RealSubject extends Skeleton(Subject) {
  /** Reversed by characters as a reader sees them: an accent stays on its letter. */
  request(data: string): string {
    return Array.from(characters.segment(data), ({ segment }) => segment)
      .reverse()
      .join("");
  }
}
