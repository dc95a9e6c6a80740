// The one seed of a run, from which all is drawn that chance decides. It is a fixed one, so that a run finds today what it
// found yesterday; `npm run test:all` draws a fresh one, says it, and UPCALL_SEED gives it again.

/** For every run that is not told another one. */
const standing = 20_240_917;

const said = process.env["UPCALL_SEED"];
export const seed: number = said === undefined ? standing : Number(said);
if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`UPCALL_SEED is ${said}; it must be a whole number`);
