// The formal interface, shared by proxies, skeletons, and the programs around them.
import { defineInterface, method, type TypeOf } from "upcall";

export const Subject = defineInterface("Subject", {
  request: method<(data: string) => string>(),
});
export type Subject = TypeOf<typeof Subject>;
