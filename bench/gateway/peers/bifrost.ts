import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, startProgram } from '../child.ts'
import { UPSTREAM_MODEL } from '../target.ts'
import { copyHere, run } from './peer.ts'
import type { Peer } from './peer.ts'

const VERSION = 'v1.4.11'

/** Bifrost (Go). Its npm package is a loader that downloads the binary on its first run, into the cache folder that it is given. */
export const bifrost: Peer = {
  name: 'bifrost',
  install(folder) {
    copyHere('bifrost', folder)
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
    run(process.execPath, ['node_modules/@maximhq/bifrost/bin.js', '--transport-version', VERSION, '-h'], { cwd: folder, env: { XDG_CACHE_HOME: folder } })
  },
  target: (folder) => ({
    name: 'Bifrost',
    about: `${VERSION}, configuration from a file, no request log`,
    async start(upstreamUrl) {
      const port = await freePort()
      const data = join(folder, 'data')
      mkdirSync(data, { recursive: true })
      writeFileSync(join(data, 'config.json'), JSON.stringify(config(upstreamUrl)))
      const { usage, stop } = await startProgram({
        command: join(folder, 'bifrost', VERSION, 'bin', 'bifrost-http-0'),
        args: ['-app-dir', data, '-host', '127.0.0.1', '-port', String(port), '-log-level', 'error'],
        env: {},
        port,
        readyPath: '/health',
      })
      return { door: { port, model: `openai/${UPSTREAM_MODEL}`, headers: {} }, usage, stop }
    },
  }),
}

function config(upstreamUrl: string): object {
  return {
    client: { enable_logging: false, drop_excess_requests: false },
    providers: { openai: { keys: [{ name: 'bench', value: 'upstream-secret', models: ['*'], weight: 1 }], network_config: { base_url: upstreamUrl } } },
    config_store: { enabled: false },
    logs_store: { enabled: false },
  }
}
