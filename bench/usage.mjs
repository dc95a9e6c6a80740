// @ts-check
// What a process cost so far, with the children that it has: seconds of processor time and bytes of memory at its peak.
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** @returns {{ cpu: number, memory: number }} */
export function usage() {
  const { user, system } = process.cpuUsage();
  const total = { cpu: (user + system) / 1e6, memory: process.resourceUsage().maxRSS * 1024 };
  for (const child of childrenOf("self")) {
    const { cpu, memory } = ofProcess(child);
    total.cpu += cpu;
    total.memory += memory;
  }
  return total;
}

/** Where there is no /proc, children are not seen. @returns {string[]} */
function childrenOf(/** @type {string} */ pid) {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return [];
  return readdirSync(tasks).flatMap((task) => {
    try {
      return readFileSync(`${tasks}/${task}/children`, "utf8").split(" ").filter(Boolean);
    } catch {
      return [];
    }
  });
}

function ofProcess(/** @type {string} */ pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
    return { cpu: ticks / 100, memory: Number(peak) * 1024 };
  } catch {
    return { cpu: 0, memory: 0 };
  }
}
