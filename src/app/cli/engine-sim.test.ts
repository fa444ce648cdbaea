import { describe, expect, it } from 'vitest'
import { codedError } from '../../core/catalog/testing.ts'
import { operatingPoint } from '../../core/perf/operating-point.ts'
import { Counters } from '../../enginesim/counters.ts'
import { Engine } from '../../enginesim/engine.ts'
import { DEFAULT_LIMITS } from '../../enginesim/engine-sim.ts'
import { promptOf, traced } from '../../enginesim/testing.ts'
import { Timeline } from '../../enginesim/timeline.ts'
import { engineSimCommand, replicaOptions, simulatedReplica } from './engine-sim.ts'
import type { Io } from './io.ts'

interface Served {
  readonly out: string[]
  readonly line: Promise<string>
  readonly stop: () => void
  readonly ended: Promise<unknown>
}

/** Runs the command until `stop`; `line` is the first that it prints. */
function serve(...argv: string[]): Served {
  const out: string[] = []
  const first = Promise.withResolvers<string>()
  const stopped = Promise.withResolvers<void>()
  const io: Io = {
    stdout: (text) => {
      out.push(text)
      first.resolve(text)
    },
    stderr: (text) => out.push(text),
    ask: null,
    columns: 100,
    color: false,
    progress: false,
    env: {},
    now: () => new Date('2026-11-24T12:00:00Z'),
  }
  const ended = engineSimCommand(io, () => stopped.promise)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .parseAsync(argv, { from: 'user' })
  ended.catch((error: unknown) => first.reject(error))
  return { out, line: first.promise, stop: stopped.resolve, ended }
}

describe('spillway engine-sim', () => {
  it('serves a model of the catalog until it is stopped, and says what it did', async () => {
    const served = serve('--port', '0', '--speed', '1000')
    const line = await served.line
    expect(line).toMatch(/^http:\/\/127\.0\.0\.1:\d+ {2}llama-3\.1-8b: 1 x h100-80gb, bf16, measured\n$/u)
    const url = line.split(' ', 1)[0]!
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ model: 'llama-3.1-8b', messages: [{ role: 'user', content: 'hi' }], max_tokens: 5 }) })
    expect(response.status).toBe(200)
    served.stop()
    await served.ended
    expect(served.out.at(-1)).toMatch(/^answered 1, aborted 0; \d+ prompt tokens, 0 of them cached, [1-5] generated\n$/u)
    await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed')
  })

  it('serves any name with fixed timing, serverless, with faults, as JSON', async () => {
    const served = serve('--port', '0', '--model', 'mine', '--ttft-ms', '1', '--mode', 'serverless', '--cold-start', '10ms,20ms,30ms', '--fault', 'rate-limit=1;retry-after=9', '--json')
    const answer = JSON.parse(await served.line) as { readonly url: string }
    expect(answer).toMatchObject({ models: ['mine'], mode: 'serverless', engine: expect.stringContaining('cold start 0.01/0.02/0.03 s') })
    const response = await fetch(`${answer.url}/v1/completions`, { method: 'POST', body: '{"prompt":"x"}' })
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '9'])
    served.stop()
    await served.ended
    expect(served.out).toHaveLength(1)
  })

  it.each([
    ['an unknown model', ['--model', 'gpt-9'], 'CATALOG_UNKNOWN_ID'],
    ['a model that does not fit', ['--model', 'llama-3.1-70b', '--gpu', 'l4', '--gpus', '2'], 'PERF_DOES_NOT_FIT'],
    ['a fault that nobody knows', ['--fault', 'explode=0.5'], 'CLI_USAGE'],
    ['a cold start that falls', ['--cold-start', '9s,3s,1s'], 'commander.invalidArgument'],
    ['a mode that nobody knows', ['--mode', 'free'], 'commander.invalidArgument'],
  ])('refuses %s', async (_, argv, code) => {
    const served = serve('--port', '0', ...argv)
    await expect(served.line).rejects.toMatchObject({ code })
    await expect(served.ended).rejects.toMatchObject({ code })
  })
})

describe('a simulated replica', () => {
  it('is the smallest that the model fits, with the memory that is left', () => {
    expect(simulatedReplica('llama-3.1-8b', 'h100').gpus).toBe(1)
    const large = simulatedReplica('llama-3.1-70b', 'h100', null, 'fp8')
    expect(large).toMatchObject({ model: 'llama-3.1-70b', latency: { precision: 'fp8' } })
    expect(replicaOptions(large)).toMatchObject({ gpus: large.gpus, limits: { kvTokens: large.fit.kvTokens }, maxModelLen: 131_072 })
    expect(codedError(() => simulatedReplica('llama-3.1-70b', 'h100', 3))?.code).toBe('PERF_DOES_NOT_FIT')
  })

  it.each([
    ['llama-3.1-8b', 1, 'bf16', 64, 1000, 200],
    ['llama-3.1-8b', 1, 'bf16', 128, 500, 300],
    ['llama-3.1-70b', 4, 'fp8', 64, 1000, 200],
  ] as const)('of %s serves about what the planner expects of it', (model, gpus, precision, batch, input, output) => {
    const replica = simulatedReplica(model, 'h100', gpus, precision)
    const point = operatingPoint(replica.latency, { ...replica.fit, kvTokens: batch * (input + output) }, { input, cached: 0, output }, { ttftSeconds: null, tpotSeconds: null })
    expect(point.batch).toBe(batch)
    const timeline = new Timeline()
    const engine = new Engine(timeline, { ...DEFAULT_LIMITS, kvTokens: replica.fit.kvTokens, prefixCaching: false }, replicaOptions(replica).timing, new Counters())
    let started = 0
    let ended = 0
    const next = (): void => {
      const { request } = traced(timeline, promptOf(input, started++), output, () => {
        if (timeline.now > 60) ended++
        next()
      })
      engine.submit(request)
    }
    for (let index = 0; index < batch; index++) timeline.at((index * 30) / batch, next)
    timeline.runUntil(180)
    expect(ended / 120 / point.requestsPerSecond).toBeGreaterThan(0.9)
    expect(ended / 120 / point.requestsPerSecond).toBeLessThan(1.16)
  })
})
