// The formal interface of the works, as both sides of upcall's contenders share it.
import { defineInterface, method, stream } from "../../lib/index.js";

export const Bench = defineInterface("Bench", {
  reverse: method(),
  echo: method({ plain: "bytes" }),
  records: method({ plain: "value" }),
  spin: method({ plain: "value" }),
  numbers: method({ args: [], returns: stream() }),
});
