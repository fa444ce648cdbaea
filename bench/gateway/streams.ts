import { performance } from 'node:perf_hooks'
import { Pool } from 'undici'
import { startChild } from './child.ts'

/**
 * A thousand streams at 30 tokens a second at once, through one process: how long a reader waits between two chunks, and
 * what it costs. Run: node bench/gateway/streams.ts [streams]
 */

const STREAMS = Number(process.argv[2] ?? 1000)
const TOKENS = 300
const TOKEN_MS = 33

const body = JSON.stringify({ model: 'llama-3.1-8b', messages: [{ role: 'user', content: 'Tell a long story.' }], stream: true, max_tokens: TOKENS })
const upstream = await startChild('upstream.ts', String(TOKENS), String(TOKEN_MS))
const url = `http://127.0.0.1:${upstream.port}`

async function run(name: string, script: string): Promise<void> {
  const child = await startChild(script, url)
  const pool = new Pool(`http://127.0.0.1:${child.port}`, { connections: STREAMS, headersTimeout: 0, bodyTimeout: 0, allowH2: false })
  const gaps: number[] = []
  const before = await child.usage()
  const start = performance.now()
  await Promise.all(
    Array.from({ length: STREAMS }, async () => {
      const answer = await pool.request({ path: '/v1/chat/completions', method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer sw_demo' }, body })
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
  const after = await child.usage()
  gaps.sort((a, b) => a - b)
  const at = (share: number): string => (gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))] ?? 0).toFixed(0)
  const core = (after.cpuMicros - before.cpuMicros) / 1e6 / seconds
  console.log(`${name.padEnd(10)} ${STREAMS} streams, ${gaps.length} gaps: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, longest ${at(1)} ms; ${(core * 100).toFixed(0)} % of a core, RSS ${(after.rssBytes / 2 ** 20).toFixed(0)} MB`)
  await pool.close()
  await child.stop()
}

await run('bare', 'bare.ts')
await run('spillway', 'ours.ts')
await upstream.stop()
