// A module whose class cannot be constructed.
import RealSubject from "../real-subject.ts";

export default class Throwing extends RealSubject {
  constructor() {
    super();
    throw new Error("no database today");
  }
}
