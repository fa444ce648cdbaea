import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { BillFormat, CurrentCost, MeasuredUtilization } from '../../core/current-cost.ts'
import { SpillwayError } from '../../core/errors.ts'
import { type NanoUsd, parseUsd } from '../../core/money.ts'
import { importBills } from '../../measure/bills/import-bill.ts'
import { parsePlainColumns } from '../../measure/bills/plain-csv.ts'
import { readUtilization } from '../../measure/bills/utilization.ts'
import { importReport } from './import-report.ts'
import type { Io } from './io.ts'
import { count } from './options.ts'
import { progressBar } from './progress-bar.ts'

interface Options {
  readonly format?: BillFormat
  readonly days: number
  readonly fx?: NanoUsd
  readonly columns?: string
  readonly utilization?: string
  readonly skipBadRows?: boolean
  readonly json?: boolean
  readonly out?: string
}

/** `spillway import`: what GPUs cost today, from the bills of clouds. */
export function importCommand(io: Io): Command {
  return new Command('import')
    .description('read cloud bills: what GPUs cost a month today, of which kind, bought how')
    .argument('<bill...>', 'bill files, CSV or JSON lines, plain or gzip; several are one bill')
    .addOption(new Option('--format <name>', 'format of the bill (default: by its header)').choices(['focus', 'aws-cur', 'gcp', 'csv']))
    .option('--days <n>', 'count the last n days of the bill', days, 30)
    .option('--fx <rate>', 'US dollars for one unit of the currency of the bill, where it is not USD', rate)
    .option('--columns <map>', 'columns of a plain CSV: "date=...,cost=...", also gpu, hours (GPU-hours), currency, service, purchase, end')
    .option('--utilization <file>', 'samples of GPU utilization, CSV time,value[,gpu], from Prometheus or DCGM')
    .option('--skip-bad-rows', 'count rows that cannot be read and go on')
    .option('--out <file>', 'write the result, for spillway plan --current FILE')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ spillway import focus-2026-10.csv.gz\n  $ spillway import cur-00001.csv.gz cur-00002.csv.gz --utilization dcgm.csv --out current.json\n  $ spillway import bill.csv --columns "date=Day,cost=Amount,gpu=Type,hours=GPU hours" --fx 1.08\n',
    )
    .action((files: string[], options: Options) => run(files, options, io))
}

async function run(files: readonly string[], options: Options, io: Io): Promise<void> {
  const twice = files.find((file, index) => files.indexOf(file) !== index)
  if (twice !== undefined) throw new SpillwayError('CLI_USAGE', `${twice} is given twice`, 'Name every bill once, or its cost counts twice')
  const utilization = options.utilization === undefined ? null : await readUtilization(options.utilization)
  const bar = progressBar(io, 'reading the bill')
  let cost: CurrentCost
  try {
    cost = await importBills(files, {
      format: options.format,
      columns: options.columns === undefined ? undefined : parsePlainColumns(options.columns),
      days: options.days,
      fx: options.fx ?? null,
      today: io.now().toISOString().slice(0, 10),
      utilization,
      skipBadRows: options.skipBadRows === true,
      onProgress: bar.update,
    })
  } finally {
    bar.clear()
  }
  cost = withUtilizationWindow(cost, utilization)
  if (options.out !== undefined) await write(options.out, cost)
  io.stdout(options.json === true ? `${JSON.stringify(cost, null, 2)}\n` : importReport(cost))
}

/** Samples from other days say little about this bill. */
function withUtilizationWindow(cost: CurrentCost, utilization: MeasuredUtilization | null): CurrentCost {
  if (utilization === null || (utilization.firstSample < cost.windowEnd && utilization.lastSample >= cost.windowStart)) return cost
  return { ...cost, warnings: [...cost.warnings, `the utilization samples (${utilization.firstSample.slice(0, 10)} to ${utilization.lastSample.slice(0, 10)}) are not from the days of the bill`] }
}

async function write(file: string, cost: CurrentCost): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(cost, null, 2)}\n`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new SpillwayError('FILE_NOT_WRITABLE', `it cannot be written (${code})`, 'Name a file in a folder that you may write to', { file }, { cause: error })
  }
}

function days(text: string): number {
  const value = count(text)
  if (value < 1 || value > 3660) throw new InvalidArgumentError('1 to 3660 days are needed.')
  return value
}

function rate(text: string): NanoUsd {
  let value: NanoUsd
  try {
    value = parseUsd(text)
  } catch {
    throw new InvalidArgumentError('a plain decimal such as 1.08 is needed.')
  }
  if (value <= 0n) throw new InvalidArgumentError('a rate above zero is needed.')
  return value
}
