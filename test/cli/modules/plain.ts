// One method of text, as the plain wire wants it.
import { defineInterface, implement, method } from "upcall";

const Subject = defineInterface("Subject", { request: method<(data: string) => string>() });

export default implement(Subject, {
  request(data) {
    if (data === "boom") throw new Error("boom");
    return Array.from(data).reverse().join("");
  },
});
