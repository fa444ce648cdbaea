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

/** `spillway demo`: the planner on a real two-week trace that comes with Spillway. */
export function demoCommand(io: Io): Command {
  return new Command('demo')
    .description('plan on a real two-week trace that comes with Spillway; --live runs the gateway on simulated engines')
    .option('--live', 'gateway, two dedicated engines and a serverless pool, and a real trace through them')
    .option('--speed <n>', 'with --live: so many times real time', positive, 10)
    .option('--load <n>', 'with --live: calls for each call of the trace', positive, 4)
    .option('--seconds <n>', 'with --live: end after so many seconds', positive)
    .option('--seed <n>', 'with --live: seed of the engines', count, 1)
    .addHelpText('after', '\nExamples:\n  $ spillway demo\n  $ spillway demo --live --speed 20\n')
    .action((options: LiveOptions) => (options.live === true ? runDemo(options, io) : planDemo(io)))
}

interface LiveOptions {
  readonly live?: boolean
  readonly speed: number
  readonly load: number
  readonly seed: number
  readonly seconds?: number
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
