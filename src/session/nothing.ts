// The session, the callee's half: the workplace of an end that serves nothing. Its caller is told so.

import { notExecuted } from "../errors.ts";
import type { Workplace } from "./contract.ts";

export const nothingServed: Workplace = {
  find: (interfaceName) =>
    notExecuted("UNIMPLEMENTED", "NO_INTERFACE", `this end serves nothing, so there is no ${interfaceName}`),
  start: (call) => call.failed(notExecuted("UNIMPLEMENTED", "NO_INTERFACE", "this end serves nothing")),
  cancel: () => {},
};
