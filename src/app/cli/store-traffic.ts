import type { Command } from 'commander'
import { readTrafficChunks } from '../../measure/traffic/read-traffic.ts'
import type { ReadOptions, TrafficReading } from '../../measure/traffic/reading.ts'
import { askOptions, type AskOptions, withTelemetry } from './ask-telemetry.ts'
import type { Io } from './io.ts'
import { count } from './options.ts'
import { whereOption, type WhereOption, whereParameters } from './where-option.ts'

/** `--traffic store`: what the gateway recorded. A file of that name is `./store`. */
export const STORE = 'store'

export interface StoreTrafficOptions extends AskOptions, WhereOption {
  readonly days: number
}

const DAY_MS = 86_400_000

export function storeTrafficOptions(command: Command): Command {
  return whereOption(askOptions(command.optionsGroup(`Traffic from the store (--traffic ${STORE}):`).option('--days <n>', 'the last so many whole days (UTC), and today so far', count, 14)))
}

/** Requests as they were recorded. Calls whose tokens nobody counted (refused ones, above all) are left out, and told. */
export function readStoreTraffic(options: StoreTrafficOptions, reading: ReadOptions, io: Io): Promise<TrafficReading> {
  const now = io.now().getTime()
  const from = new Date((Math.floor(now / DAY_MS) - options.days) * DAY_MS).toISOString()
  const asked = { ...whereParameters(options), from, to: new Date(now).toISOString() }
  return withTelemetry(options, io, async ({ json, file }) => {
    const { total } = await json<{ readonly total: readonly { readonly calls: number }[] }>('costs', asked)
    const read = await readTrafficChunks({ name: `calls recorded since ${from.slice(0, 10)}`, chunks: file('export', { ...asked, format: 'requests' }) }, { ...reading, format: 'jsonl' })
    const left = (total[0]?.calls ?? 0) - read.rows
    return left <= 0 ? read : { ...read, warnings: [...read.warnings, `${left.toLocaleString('en-US')} recorded calls are left out: nobody counted their tokens (refused and failed ones, above all).`] }
  })
}
