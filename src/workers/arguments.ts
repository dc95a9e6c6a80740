// Workers: which of the options that node was started with are for worker processes as well. Threads get all of them
// from node itself; a process must not become a second test runner, a second evaluation or a second debugger.

const alone =
  /^--(?:test|watch|inspect|debug|cpu-prof|heap-prof|heapsnapshot|prof|interactive|input-type)\b|^--(?:check)$|^-[ci]$/;
const withText = /^(?:-e|-p|-pe|--eval|--print)$/;

/** Loaders, conditions and memory limits stay: without them a module could load here and not there. */
export function passedOn(execArgv: readonly string[]): string[] {
  return execArgv.filter((option, index) => {
    const before = execArgv[index - 1];
    return !alone.test(option) && !withText.test(option) && (before === undefined || !withText.test(before));
  });
}
