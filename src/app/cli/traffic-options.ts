import { InvalidArgumentError, Option, type Command } from 'commander'
import { SpillwayError } from '../../core/errors.ts'
import { parseColumns } from '../../measure/traffic/generic-csv.ts'
import { readTraffic } from '../../measure/traffic/read-traffic.ts'
import { TIME_UNITS, TRAFFIC_FORMATS, type ColumnMap, type TimeUnit, type TrafficFormat, type TrafficReading } from '../../measure/traffic/reading.ts'
import type { Io } from './io.ts'
import { duration } from './options.ts'
import { progressBar } from './progress-bar.ts'
import { readStoreTraffic, STORE, type StoreTrafficOptions } from './store-traffic.ts'

/** The options that say which traffic file to read and how; `plan` and `profile` share them. */
export interface TrafficOptions extends StoreTrafficOptions {
  readonly traffic?: string
  readonly format?: TrafficFormat
  readonly columns?: ColumnMap
  readonly timeUnit?: TimeUnit
  readonly tz?: string
  readonly bin?: number
  readonly skipBadRows?: boolean
}

export function addTrafficOptions(command: Command): Command {
  return command
    .option('--traffic <file>', 'traffic file, plain or gzip; - reads standard input, store what the gateway recorded')
    .addOption(new Option('--format <format>', 'kind of file (default: told from its content)').choices(TRAFFIC_FORMATS))
    .option('--columns <map>', 'columns of a CSV or keys of JSON lines: "time=...,input=...,output=...", also cached, gpu_seconds, egress_mb', parseColumns)
    .addOption(new Option('--time-unit <unit>', 'unit of times that are numbers (default: told from their size)').choices(TIME_UNITS))
    .option('--tz <zone>', 'time zone of times without one and of the hours shown, such as Europe/Berlin (default: UTC)')
    .option('--bin <duration>', 'width of the bins, such as 60s or 10m (default: by the length of the trace)', binSeconds)
    .option('--skip-bad-rows', 'count bad rows and report them instead of failing at the first')
}

/** Reads the traffic that the options name, with a progress bar for large files. Throws CLI_USAGE where none is named. */
export async function readTrafficFromOptions(options: TrafficOptions, io: Io): Promise<TrafficReading> {
  if (options.traffic === undefined) throw new SpillwayError('CLI_USAGE', 'no traffic file is named', 'Add --traffic FILE, or --traffic store')
  const bar = progressBar(io, 'Reading traffic')
  try {
    const reading = {
      ...(options.format === undefined ? {} : { format: options.format }),
      ...(options.columns === undefined ? {} : { columns: options.columns }),
      ...(options.timeUnit === undefined ? {} : { timeUnit: options.timeUnit }),
      ...(options.tz === undefined ? {} : { timeZone: options.tz }),
      ...(options.bin === undefined ? {} : { binSeconds: options.bin }),
      skipBadRows: options.skipBadRows ?? false,
      onProgress: bar.update,
    }
    return await (options.traffic === STORE ? readStoreTraffic(options, reading, io) : readTraffic({ file: options.traffic }, reading))
  } finally {
    bar.clear()
  }
}

function binSeconds(text: string): number {
  const seconds = duration(text)
  if (!Number.isInteger(seconds) || seconds < 1 || 86_400 % seconds !== 0) throw new InvalidArgumentError('a width that divides a day is needed, such as 60s, 5m, 10m or 1h.')
  return seconds
}
