// A module that workers load: its methods answer metadata.
import { context, defineInterface, implement, method } from "upcall";

const Job = defineInterface("Job", { run: method<() => string>(), fail: method<() => never>() });

export default implement(Job, {
  run: () => {
    context().answer({ tenant: "anna" });
    return "done";
  },
  fail: (): never => {
    throw new TypeError("no luck");
  },
});
