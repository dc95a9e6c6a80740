// An interface whose object is never made.
import { defineInterface, method } from "upcall";

export const Never = defineInterface("Never", { ping: method<() => string>() });
