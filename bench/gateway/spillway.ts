import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startProgram, temporaryFolder } from './child.ts'
import { MODEL, UPSTREAM_MODEL } from './target.ts'
import type { Running, Target } from './target.ts'

const CLI = fileURLToPath(new URL('../../src/app/cli/main.ts', import.meta.url))

/** The product as an operator runs it: a configuration file, `keys create`, `serve`, in a data folder of its own. */
export const spillway: Target = {
  name: 'Spillway',
  about: '`spillway serve` with a key from the store with limits and a budget, two pools, loop guard, metrics and a journal synced to disk; `telemetry: {mode: off}`, which `bench:load` measures',
  start,
}

async function start(upstreamUrl: string): Promise<Running> {
  const folder = temporaryFolder()
  const file = join(folder, 'spillway.yaml')
  const port = await freePort()
  writeFileSync(file, yaml(upstreamUrl, port))
  // Limits and a budget that count every call and stop none.
  const key = execFileSync(process.execPath, [CLI, 'keys', 'create', '--data', folder, '--name', 'bench', '--rpm', '1000000000', '--tpm', '1000000000000', '--concurrency', '100000', '--budget', '100000000/month', '--json'], { encoding: 'utf8' })
  const { secret } = JSON.parse(key) as { secret: string }
  const { usage, stop } = await startProgram({ command: process.execPath, args: [CLI, 'serve', '-c', file], env: { NODE_ENV: 'production', SPILLWAY_BENCH_UPSTREAM: 'upstream-secret' }, port, readyPath: '/readyz' })
  return { door: { port, model: MODEL, headers: { authorization: `Bearer ${secret}` } }, usage, stop }
}

/** Two replicas and a token API behind them, all at the one upstream, which has no engine's metrics to scrape. */
function yaml(upstreamUrl: string, port: number): string {
  return `
server: { port: ${port}, data: ., drain: 1s }
pools:
  - id: floor
    offer: runpod-community-h100-80gb
    region: eu-central-1
    endpoints: [{ id: replica-1, url: "${upstreamUrl}" }, { id: replica-2, url: "${upstreamUrl}" }]
    models: { ${MODEL}: ${UPSTREAM_MODEL} }
    auth: { type: bearer, secret: env:SPILLWAY_BENCH_UPSTREAM }
    capacity: 64
    metrics: false
    health: false
  - id: overflow
    offer: deepinfra/llama-3.1-8b-instruct-turbo
    endpoints: [{ id: api, url: "${upstreamUrl}" }]
    models: { ${MODEL}: ${UPSTREAM_MODEL} }
    auth: { type: bearer, secret: env:SPILLWAY_BENCH_UPSTREAM }
routing: { sloTtft: 2s }
loops: { action: kill }
# Its thread loads what the journal has when it gets to it, also while others are measured.
telemetry: { mode: off }
`
}
