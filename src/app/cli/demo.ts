import { join, relative } from 'node:path'
import { Command } from 'commander'
import { runDemo } from '../demo/run-demo.ts'
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
    .option('--speed <n>', 'trace and engines run so many times faster than real time', positive, 10)
    .option('--load <n>', 'calls for each call of the trace', positive, 4)
    .option('--seconds <n>', 'end after so many seconds (default: at a signal)', positive)
    .option('--seed <n>', 'seed of the engines and prompts', count, 1)
    .addHelpText('after', '\nExamples:\n  $ spillway demo\n  $ spillway demo --plan\n  $ spillway demo --live --speed 1 --load 8\n  $ SPILLWAY_PORT=9000 SPILLWAY_DATA=/tmp/demo spillway demo --seconds 60\n')
    .action((options: Options) => demo(options, io))
}

interface Options {
  readonly plan?: boolean
  readonly live?: boolean
  readonly speed: number
  readonly load: number
  readonly seed: number
  readonly seconds?: number
}

async function demo({ plan, live, ...options }: Options, io: Io): Promise<void> {
  if (live !== true) await planDemo(io)
  if (plan !== true) await runDemo(options, io)
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
