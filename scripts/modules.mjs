// How a program is run on the single modules of dist/ instead of lib/ (scripts/bundle.mjs).
const wanted = "--conditions=upcall-modules";
const given = process.env["NODE_OPTIONS"] ?? "";

/** Whether this program is. */
export const onModules = given.split(" ").includes(wanted);
/** The environment for one that shall be, and for all that it starts. */
export const environment = onModules ? process.env : { ...process.env, NODE_OPTIONS: `${given} ${wanted}`.trim() };
