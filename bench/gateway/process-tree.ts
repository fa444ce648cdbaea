import { readdirSync, readFileSync } from 'node:fs'

/** What a process and all its descendants have used, all threads of them. */
export interface Usage {
  readonly cpuMicros: number
  /** The part of it that was spent in the kernel. */
  readonly systemMicros: number
  /** Now. Pages that several processes share count in each. */
  readonly rssBytes: number
}

export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** Own time and that of children that have ended and were waited for. */
  readonly userTicks: number
  readonly systemTicks: number
}

/** Linux shows times to programs in hundredths of a second, whatever its own clock does. */
const MICROS_PER_TICK = 10_000

/** A line of /proc/PID/stat, as proc(5) describes it. The name in brackets may hold spaces and brackets itself. */
export function parseStat(line: string): ProcessStat {
  const after = line.slice(line.lastIndexOf(')') + 2).split(' ')
  /** By the number of the field in proc(5); the first one after the name is the third. */
  const field = (n: number): number => Number(after[n - 3])
  return { pid: Number.parseInt(line, 10), parent: field(4), userTicks: field(14) + field(16), systemTicks: field(15) + field(17) }
}

/** The same way for every kind of process, ours and others: from outside, by what the kernel has counted. */
export function usageOfTree(root: number): Usage {
  const tree = treeOf(root)
  const user = tree.reduce((sum, { userTicks }) => sum + userTicks, 0)
  const system = tree.reduce((sum, { systemTicks }) => sum + systemTicks, 0)
  return { cpuMicros: (user + system) * MICROS_PER_TICK, systemMicros: system * MICROS_PER_TICK, rssBytes: tree.reduce((sum, { pid }) => sum + rssOf(pid), 0) }
}

/** The process and its descendants, parents first. */
export function treeOf(root: number): ProcessStat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => {
      const line = readOrNull(`/proc/${pid}/stat`)
      return line === null ? [] : [parseStat(line)]
    })
  const tree = all.filter(({ pid }) => pid === root)
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid))
  return tree
}

function rssOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/mu.exec(readOrNull(`/proc/${pid}/status`) ?? '')?.[1] ?? 0) * 1024
}

/** null where the process has just ended. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
