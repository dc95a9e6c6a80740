// Served where it is about what a server writes: each of its calls ends with an error that no interface declares.
import { defineInterface, implement, method } from "upcall";

const Thrower = defineInterface("Thrower", { fail: method<() => never>() });

export default implement(Thrower, {
  fail() {
    throw new TypeError("no luck");
  },
});
