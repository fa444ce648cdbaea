import { join, relative } from 'node:path'
import { Command, Option } from 'commander'
import { compareOptions } from '../demo/compare/compare.ts'
import { comparisonText } from '../demo/compare/report.ts'
import { DEMO_SLO } from '../demo/demo-config.ts'
import { runDemo } from '../demo/run-demo.ts'
import { DEMO_SECONDS, MOST_SECONDS } from '../demo/traffic.ts'
import { packageRoot } from '../root.ts'
import type { Io } from './io.ts'
import { count, positive } from './options.ts'
import { planCommand } from './plan.ts'

const TRACE = relative(process.cwd(), join(packageRoot(), 'examples/servegen-m-mid.csv'))

/** What `spillway demo` and the picture of the README plan: a production trace of two weeks, at the size of a team. */
export const DEMO_ARGUMENTS = ['--traffic', TRACE, '--scale', '0.02', '--fill-gaps', '--input-tokens', '1155', '--output-tokens', '211', '--model', 'llama-3.1-70b', '--precision', 'fp8', '--own-weights', '--gpu', 'h100-80gb', '--slo-ttft', '1s', '--slo-tpot', '80ms'] as const

/** `spillway demo`: the planner on a real two-week trace, then the gateway with a real trace running through it. */
export function demoCommand(io: Io): Command {
  return new Command('demo')
    .description('plan on a real two-week trace, then run the gateway on simulated engines with a real trace through it')
    .option('--plan', 'the plan alone')
    .option('--live', 'the gateway alone')
    .addOption(new Option('--compare', 'instead: the same traffic served in other ways, in virtual time').conflicts(['plan', 'live', 'speed']))
    .option('--json', 'with --compare: print the comparison as JSON')
    .option('--speed <n>', 'trace and engines run so many times faster than real time', positive, 10)
    .option('--load <n>', 'calls for each call of the demo\'s traffic', positive, 1)
    .option('--seconds <n>', 'end after so many seconds (default: at a signal); with --compare: so many of the trace', positive)
    .option('--seed <n>', 'seed of arrivals, cold starts, engines and prompts', count, 1)
    .addHelpText('after', EXAMPLES)
    .action((options: Options) => demo(options, io))
}

const EXAMPLES = `
Examples:
  $ spillway demo
  $ spillway demo --plan
  $ spillway demo --live --speed 1 --load 2
  $ spillway demo --compare
  $ spillway demo --compare --load 0.2 --seconds 3600 --json
  $ SPILLWAY_PORT=9000 SPILLWAY_DATA=/tmp/demo spillway demo --seconds 60
`

interface Options {
  readonly plan?: boolean
  readonly live?: boolean
  readonly compare?: boolean
  readonly json?: boolean
  readonly speed: number
  readonly load: number
  readonly seed: number
  readonly seconds?: number
}

async function demo({ plan, live, compare, json, ...options }: Options, io: Io): Promise<void> {
  if (compare === true) return compareDemo(options, json === true, io)
  if (live !== true) await planDemo(io)
  if (plan !== true) await runDemo({ ...options, traceSeconds: DEMO_SECONDS }, io)
}

async function compareDemo({ seconds = DEMO_SECONDS, load, seed }: Options, json: boolean, io: Io): Promise<void> {
  const onOption = (name: string): void => {
    if (io.progress) io.stderr(`\rsimulating ${name}\u001B[K`)
  }
  const comparison = await compareOptions({ seconds: Math.min(seconds, MOST_SECONDS), load, seed, onOption })
  if (io.progress) io.stderr('\r\u001B[K')
  io.stdout(json ? `${JSON.stringify({ slo: DEMO_SLO, ...comparison }, null, 2)}\n` : `${comparisonText(comparison, io.color).join('\n')}\n`)
}

async function planDemo(io: Io): Promise<void> {
  await planCommand(io).parseAsync([...DEMO_ARGUMENTS], { from: 'user' })
  io.stdout(
    [
      '',
      'This was a real trace (examples/README.md) at 2 % of its volume, with the mean tokens of another:',
      ...[DEMO_ARGUMENTS.slice(0, 5), DEMO_ARGUMENTS.slice(5, 11), DEMO_ARGUMENTS.slice(11)].map((part, line) => `  ${line === 0 ? 'npx spillway plan ' : '  '}${part.join(' ')}${line < 2 ? ' \\' : ''}`),
      'Yours: npx spillway plan --traffic FILE --model MODEL          (npx spillway plan --help)',
      '',
    ].join('\n'),
  )
}
