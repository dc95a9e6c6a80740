// What is exported as interceptors is none.

import { implement } from "upcall";
import { Subject } from "./subject.ts";

export const interceptors = "retry";

export default implement(Subject, { where: () => "", calls: () => "", never: () => {}, tenant: () => "" });
