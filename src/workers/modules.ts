// Workers: modules as what is served: the default export is a skeleton's class, constructed without arguments, a
// skeleton made by implement(), or an array of those; an export `interceptors` is what all its calls pass. The command
// takes the same.

import { notExecuted, textOf } from "../errors.ts";
import { interceptorsIn } from "../interceptors/given.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import { type Interface, isInterface } from "../interface/define.ts";
import { interfaceOf, isSkeleton, type SkeletonOf } from "../skeleton/skeleton.ts";

/**
 * Loads modules and makes what they serve.
 *
 * @param interfaces names of those that are served: a module may have more
 * @throws UpcallError INVALID_ARGUMENT (MODULE_NOT_LOADED)
 */
export async function loadSkeletons(
  modules: readonly string[],
  interfaces: readonly string[],
): Promise<readonly SkeletonOf[]> {
  const items = await Promise.all(modules.map(exportsOf));
  const skeletons = items.flat().map(({ module, item }) => {
    let skeleton: unknown;
    try {
      skeleton = typeof item === "function" ? new (item as new () => unknown)() : item;
    } catch (error) {
      throw refused(`what ${module} exports cannot be constructed without arguments: ${textOf(error)}`, error);
    }
    if (isSkeleton(skeleton)) return skeleton;
    throw nothingToServe(module);
  });
  const names = skeletons.map((skeleton) => skeleton[interfaceOf].name);
  const missing = interfaces.find((name) => !names.includes(name));
  if (missing === undefined) return skeletons.filter((skeleton) => interfaces.includes(skeleton[interfaceOf].name));
  throw refused(`${modules.join(", ")} implements ${names.join(", ")} and not ${missing}: is it the right module?`);
}

/** The interfaces that modules answer for, with nothing constructed. @throws UpcallError as above */
export async function interfacesIn(modules: readonly string[]): Promise<Interface[]> {
  const items = await Promise.all(modules.map(exportsOf));
  return items.flat().map(({ module, item }) => {
    const holder: unknown = typeof item === "function" ? item.prototype : item;
    const subject = (holder as Partial<SkeletonOf> | null | undefined)?.[interfaceOf];
    if (isInterface(subject)) return subject;
    throw nothingToServe(module);
  });
}

/**
 * The interceptors that modules bring: what they export by that name, in their order.
 * @throws UpcallError INVALID_ARGUMENT (MODULE_NOT_LOADED)
 */
export async function loadInterceptors(modules: readonly string[]): Promise<readonly Interceptor[]> {
  const lists = await Promise.all(
    modules.map(async (module) => {
      const { interceptors = [] } = (await import(module)) as { interceptors?: unknown };
      try {
        return interceptorsIn(interceptors, "its export `interceptors`");
      } catch (error) {
        throw refused(`${module} cannot be served: ${textOf(error)}`, error);
      }
    }),
  );
  return lists.flat();
}

async function exportsOf(module: string): Promise<{ module: string; item: unknown }[]> {
  let exported: unknown;
  try {
    exported = ((await import(module)) as { default?: unknown }).default;
  } catch (error) {
    throw refused(`${module} cannot be loaded: ${textOf(error)}`, error);
  }
  return (Array.isArray(exported) ? (exported as unknown[]) : [exported]).map((item) => ({ module, item }));
}

function nothingToServe(module: string): Error {
  return refused(
    `${module} has no default export to serve: export a class made by Skeleton(Interface), or implement(Interface, object), or an array of these`,
  );
}

function refused(message: string, cause?: unknown): Error {
  return notExecuted("INVALID_ARGUMENT", "MODULE_NOT_LOADED", message, cause);
}
