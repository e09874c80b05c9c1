/** What a process and all that descend from it hold in memory, as Linux counts it. */

/** In MiB: resident (what several share is counted for each), and proportional (counted once). */
export interface TreeMemory {
  readonly resident: number;
  readonly proportional: number;
}

/** Of this process and its descendants. */
export function memoryOfTree(pid: number): TreeMemory {
  const children = Map.groupBy(everyProcess(), ({ parent }) => parent);
  const sum = { resident: 0, proportional: 0 };
  const open = [pid];
  for (let next; (next = open.pop()) !== undefined;) {
    const rollup = Deno.readTextFileSync(`/proc/${next}/smaps_rollup`);
    sum.resident += mebibytes(rollup, "Rss");
    sum.proportional += mebibytes(rollup, "Pss");
    open.push(...(children.get(next) ?? []).map(({ pid }) => pid));
  }
  return sum;
}

function* everyProcess(): Generator<{ pid: number; parent: number }> {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = Deno.readTextFileSync(`/proc/${name}/status`);
      yield { pid: Number(name), parent: Number(status.match(/^PPid:\s+(\d+)$/m)?.[1]) };
    } catch {
      // It has ended meanwhile.
    }
  }
}

function mebibytes(rollup: string, field: string): number {
  return Number(rollup.match(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m"))?.[1]) / 1024;
}
