import { performance } from 'node:perf_hooks'
import { Pool } from 'undici'
import { bare } from './bare-target.ts'
import { startScript } from './child.ts'
import { spillway } from './spillway.ts'
import { MODEL } from './target.ts'
import type { Target } from './target.ts'

/**
 * A thousand streams at 30 tokens a second at once, through one process: how long a reader waits between two chunks, and
 * what it costs. Run: node bench/gateway/streams.ts [streams]
 */

const STREAMS = Number(process.argv[2] ?? 1000)
const TOKENS = 300
const TOKEN_MS = 33

const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Tell a long story.' }], stream: true, max_tokens: TOKENS })
const upstream = await startScript('upstream.ts', String(TOKENS), String(TOKEN_MS))
const url = `http://127.0.0.1:${upstream.port}`

async function run({ name, start: startTarget }: Target): Promise<void> {
  const { door, usage, stop } = await startTarget(url)
  const pool = new Pool(`http://127.0.0.1:${door.port}`, { connections: STREAMS, headersTimeout: 0, bodyTimeout: 0, allowH2: false })
  const gaps: number[] = []
  const before = usage()
  const start = performance.now()
  await Promise.all(
    Array.from({ length: STREAMS }, async () => {
      const answer = await pool.request({ path: '/v1/chat/completions', method: 'POST', headers: { 'content-type': 'application/json', ...door.headers }, body })
      if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`)
      let last: number | null = null
      for await (const chunk of answer.body) {
        const now = performance.now()
        if (last !== null && (chunk as Buffer).length > 0) gaps.push(now - last)
        last = now
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  const after = usage()
  gaps.sort((a, b) => a - b)
  const at = (share: number): string => (gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))] ?? 0).toFixed(0)
  const core = (after.cpuMicros - before.cpuMicros) / 1e6 / seconds
  console.log(`${name.padEnd(10)} ${STREAMS} streams, ${gaps.length} gaps: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, longest ${at(1)} ms; ${(core * 100).toFixed(0)} % of a core, RSS ${(after.rssBytes / 2 ** 20).toFixed(0)} MB`)
  await pool.close()
  await stop()
}

await run(bare)
await run(spillway)
await upstream.stop()
