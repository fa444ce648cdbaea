import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, startProgram } from '../child.ts'
import { UPSTREAM_MODEL } from '../target.ts'
import { copyHere, run } from './peer.ts'
import type { Peer } from './peer.ts'

/** Portkey's gateway, from npm, on this Node. It names the upstream in a header of each request and keeps no record. */
export const portkey: Peer = {
  name: 'portkey',
  install(folder) {
    copyHere('portkey', folder)
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
  },
  target(folder) {
    const version = (name: string): string => (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version
    return {
      name: 'Portkey',
      about: `\`@portkey-ai/gateway\` ${version('@portkey-ai/gateway')} (hono ${version('hono')}, @hono/node-server ${version('@hono/node-server')}), the same Node, NODE_ENV=production, headless; stateless: no keys, limits or records`,
      async start(upstreamUrl) {
        const port = await freePort()
        const script = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')
        const { usage, stop } = await startProgram({ command: process.execPath, args: [script, `--port=${port}`, '--headless'], env: { NODE_ENV: 'production' }, port, readyPath: '/' })
        const headers = { authorization: 'Bearer upstream-secret', 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstreamUrl}/v1` }
        return { door: { port, model: UPSTREAM_MODEL, headers }, usage, stop }
      },
    }
  },
}
