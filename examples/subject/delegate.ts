// The real object, by delegation: it knows nothing of upcall. A module that workers load: its default export says which
// object answers for the interface.
import { implement } from "upcall";
import { reversed } from "./reversed.ts";
import { Subject } from "./subject.ts";

const realSubject = { request: reversed };

export default implement(Subject, realSubject);
