import { firstEntry } from '../../prove/log/pruned.ts'
import type { Verifier } from '../../prove/note/keys.ts'
import { decodeLeaf } from '../../prove/leaf/leaf.ts'
import { timeOf } from '../../prove/leaf/time-of.ts'
import { readBundle } from '../../prove/tiles/tile-reader.ts'
import { TILE_WIDTH, tileOf } from '../../prove/tiles/tile-path.ts'
import type { TileSource } from '../../prove/tiles/tile-source.ts'
import { currentCheckpoint } from '../../prove/verify/prove-entry.ts'

export interface WantedCall {
  readonly id: string
  readonly tenant: string
  /** Unix ms, where it is known: then the log is not searched from its end. */
  readonly endedAt: number | null
}

/** Leaves are in the order of the journal, which is that of the ends of calls but for acts, which may wait a second, and clocks. */
const SLACK_MS = 60_000
/** Bundles of 256 that are read around a known time, and from the end where none is known. */
const MOST_BUNDLES = 1024

/** The number of a call's leaf; null = it is not there, or not among the newest 262,144 where its time is not known. */
export async function findCall(source: TileSource, log: Verifier, { id, tenant, endedAt }: WantedCall): Promise<number | null> {
  const { size } = await currentCheckpoint(source, log)
  const text = JSON.stringify(id)
  const isIt = (entry: Buffer): boolean => {
    // The text is looked for first: to decode every leaf would take many times as long.
    if (!entry.includes(text)) return false
    const leaf = decodeLeaf(entry)
    return leaf.leaf === 'call' && leaf.id === id && leaf.tenant === tenant
  }
  const bundle = async (n: number): Promise<Buffer[]> => readBundle(source, n, tileOf('entries', n * TILE_WIDTH, size).width)
  const first = (await firstEntry(source, log)) / TILE_WIDTH
  const last = Math.ceil(size / TILE_WIDTH) - 1
  const startOf = async (n: number): Promise<number> => timeOf(decodeLeaf((await bundle(n))[0]!))
  const from = endedAt === null ? Math.max(first, last - MOST_BUNDLES + 1) : Math.max(first, (await firstAfter(first, last, startOf, endedAt - SLACK_MS)) - 1)
  for (let n = from; n <= last && n < from + MOST_BUNDLES; n++) {
    const entries = await bundle(n)
    const at = entries.findIndex(isIt)
    if (at !== -1) return n * TILE_WIDTH + at
    if (endedAt !== null && timeOf(decodeLeaf(entries[0]!)) > endedAt + SLACK_MS) return null
  }
  return null
}

/** The first of `low` to `high` that starts at `time` or later, else `high + 1`. */
async function firstAfter(low: number, high: number, startOf: (n: number) => Promise<number>, time: number): Promise<number> {
  let [from, to] = [low, high + 1]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if ((await startOf(middle)) >= time) to = middle
    else from = middle + 1
  }
  return from
}
