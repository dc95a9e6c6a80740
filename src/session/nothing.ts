// The session, the callee's half: an end that serves nothing. Its caller is told so.

import { notExecuted, type UpcallError } from "../errors.ts";
import { excerpt } from "../escape.ts";

export const nothingHere = (interfaceName: string): UpcallError =>
  notExecuted("UNIMPLEMENTED", "NO_INTERFACE", `this end serves nothing, so there is no ${excerpt(interfaceName)}`);
