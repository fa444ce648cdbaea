import { Command } from 'commander'
import { loadConfig } from '../config/load-config.ts'
import { storedSecrets } from '../config/stored-secrets.ts'
import { watchConfig } from '../config/watch-config.ts'
import { configSecrets, createLogger } from '../metrics/logger.ts'
import { startServer } from '../server/start-server.ts'
import { untilSignal } from '../server/until-signal.ts'
import type { Io } from './io.ts'

interface Options {
  readonly config: string
}

/** `spillway serve`: the gateway by a `spillway.yaml`. */
export function serveCommand(io: Io): Command {
  return new Command('serve')
    .description('run the gateway; reloads when the configuration changes, finishes what runs on SIGTERM')
    .option('-c, --config <file>', 'configuration', 'spillway.yaml')
    .addHelpText('after', '\nExamples:\n  $ spillway serve -c spillway.yaml\n  $ SPILLWAY_PORT=9000 SPILLWAY_DATA=/var/lib/spillway spillway serve\n')
    .action(async ({ config: file }: Options) => {
      // Listened for from the beginning: a signal while it starts must not kill it with the journal open.
      const stopSignal = untilSignal()
      process.on('SIGHUP', () => {})
      const options = { env: io.env, readStored: storedSecrets(io.env) }
      let config = await loadConfig(file, options)
      const log = createLogger({ secrets: () => configSecrets(config) })
      const server = await startServer(config, { clock: { now: () => io.now().getTime() }, random: Math.random, log })
      const setup = await server.setupLink()
      if (setup !== null) io.stderr(`spillway: nobody owns this dashboard yet. Make its first owner, within 24 hours: ${setup}\n`)
      const watch = watchConfig(
        file,
        (next) => {
          config = next
          server.reload(next)
        },
        (problems) => {
          server.reloadRefused()
          for (const problem of problems) log.error({ code: problem.code }, `the configuration was not reloaded: ${problem.toLine()}`)
        },
        { ...options, current: config },
      )
      await stopSignal
      watch.stop()
      await server.stop()
    })
}
