import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { demoCommand } from './demo.ts'
import type { Io } from './io.ts'
import { serveCommand } from './serve.ts'

const CONFIG = 'spillway.yaml'

/** `npm start`: one's own gateway where there is a configuration, else the demo. */
export function startCommand(io: Io): Command {
  return new Command('start')
    .description(`serve ./${CONFIG} if it is there, else run the demo`)
    .addHelpText('after', '\nExamples:\n  $ spillway start\n  $ SPILLWAY_PORT=9000 spillway start\n')
    .action(async () => {
      const own = existsSync(CONFIG)
      io.stderr(own ? `spillway: ${CONFIG} is here, so it is served\n` : `spillway: no ${CONFIG} here, so this is the demo\n`)
      await (own ? serveCommand(io).parseAsync(['-c', CONFIG], { from: 'user' }) : demoCommand(io).parseAsync([], { from: 'user' }))
    })
}
