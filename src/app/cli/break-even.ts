import { Command } from 'commander'
import { breakEvenUtilization } from '../../core/break-even.ts'
import type { Io } from './io.ts'
import { nonNegative, positive } from './options.ts'

const HOURS_PER_MONTH = 730

interface Options {
  readonly dedicated: number
  readonly serverless: number
  readonly opsMonthly: number
  readonly idleOverheadK: number
  readonly throughputRatio: number
  readonly json?: boolean
}

/** `spillway break-even`: the utilization at which one dedicated replica costs the same as serverless. */
export function breakEvenCommand(io: Io): Command {
  return new Command('break-even')
    .description('utilization at which one dedicated replica costs the same as serverless: u* = (p/s)(1+h)/(k e)')
    .requiredOption('--dedicated <usd>', 'price of a dedicated replica, USD per hour', positive)
    .requiredOption('--serverless <usd>', 'price of a serverless replica, USD per second', positive)
    .option('--ops-monthly <usd>', 'cost of operating that dedicated replica, USD per month', nonNegative, 0)
    .option('--idle-overhead-k <k>', 'billed / useful serverless seconds (cold starts, idle window, rounding)', positive, 1)
    .option('--throughput-ratio <e>', 'throughput of the dedicated replica / the serverless one', positive, 1)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ spillway break-even --dedicated 1.39 --serverless 0.00076\n  $ spillway break-even --dedicated 0.40 --serverless 0.000164 --idle-overhead-k 1.5 --json\n')
    .action((options: Options) => run(options, io))
}

function run(options: Options, io: Io): void {
  const overheadShare = options.opsMonthly / (options.dedicated * HOURS_PER_MONTH)
  const utilization = breakEvenUtilization({ dedicatedPerHour: options.dedicated, serverlessPerSecond: options.serverless, overheadShare, k: options.idleOverheadK, throughputRatio: options.throughputRatio })
  const serverlessHourly = options.serverless * 3600
  if (options.json) {
    const answer = {
      breakEvenUtilization: utilization,
      breakEvenHoursPerDay: utilization * 24,
      dedicatedHourly: options.dedicated,
      serverlessHourly,
      dedicatedMonthly: options.dedicated * HOURS_PER_MONTH + options.opsMonthly,
      overheadShare,
      k: options.idleOverheadK,
      throughputRatio: options.throughputRatio,
      formula: 'u* = (p/s)(1+h)/(k e)',
    }
    io.stdout(`${JSON.stringify(answer, null, 2)}\n`)
    return
  }
  const percent = `${(utilization * 100).toFixed(1)} %`
  const meaning =
    utilization > 1
      ? 'Serverless is cheaper at any load: even a dedicated replica that never idles costs more.'
      : `Dedicated pays once the replica does useful work more than ${percent} of the time (${(utilization * 24).toFixed(1)} h a day).`
  io.stdout(
    [
      `Break-even utilization  ${percent}`,
      `  dedicated             $${options.dedicated.toFixed(4)} per hour${overheadShare > 0 ? ` + operations $${options.opsMonthly.toFixed(2)} a month (h = ${overheadShare.toFixed(3)})` : ''}`,
      `  serverless            $${serverlessHourly.toFixed(4)} per busy hour ($${options.serverless} per second)`,
      `  k = ${options.idleOverheadK}, e = ${options.throughputRatio}          u* = (p/s)(1+h)/(k e)`,
      meaning,
      'With several replicas the rule holds for each one apart: `spillway plan` counts how full each is.',
      '',
    ].join('\n'),
  )
}
