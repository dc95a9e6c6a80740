// A module that implements another interface than the one it is served for.
import { defineInterface, implement, method } from "upcall";

export default implement(defineInterface("Other", { other: method<() => number>() }), { other: () => 1 });
