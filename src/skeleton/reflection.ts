// The skeleton: the interface by which a server tells what it serves. It is served beside the user's objects unless it
// is turned off. The `upcall` command calls it.

import { defineOwnInterface, type Interface } from "../interface/define.ts";
import { describe, type InterfaceDescription } from "../interface/describe.ts";
import { type Method, method } from "../interface/method.ts";
import { type Implemented, implement } from "./skeleton.ts";

type ReflectionMethods = { readonly interfaces: Method<() => InterfaceDescription[], "call"> };

/** `interfaces()` describes every interface the server has but this one. */
export const Reflection: Interface<"upcall.Reflection", ReflectionMethods> = defineOwnInterface("upcall.Reflection", {
  interfaces: method<() => InterfaceDescription[]>({ plain: "value", idempotent: true }),
});

export function reflectionOn(interfaces: readonly Interface[]): Implemented {
  const descriptions = interfaces.map(describe);
  return implement(Reflection, { interfaces: () => descriptions });
}
