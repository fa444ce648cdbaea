import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, streamText } from 'ai'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import { seededRandom } from '../../core/random.ts'
import { createEngineSim, type EngineSim } from '../../enginesim/engine-sim.ts'
import { fixedTiming } from '../../enginesim/timing.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { decodeLeaf } from '../../prove/leaf/leaf.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { verifyLog } from '../../prove/verify/verify-log.ts'
import { auditFolder, createAudit, readAudit } from '../audit/audit-home.ts'
import { journalFolder } from '../config/data-folder.ts'
import { loadConfig } from '../config/load-config.ts'
import { DEMO_KEY, DEMO_KEY_VARIABLE, demoYaml } from '../demo/demo-config.ts'
import { startServer, type RunningServer } from './start-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-server-'))
const clock = { now: () => Date.now() }
const log = { info: () => {}, warn: () => {}, error: () => {} }
const records: CallRecord[] = []
let sims: EngineSim[] = []
let server: RunningServer
let base = ''

beforeAll(async () => {
  const engine = { clock, timing: fixedTiming({ ttftMs: 1, tpotMs: 0.2, prefillUsPerToken: 0 }), models: ['llama-3.1-8b', 'llama-3.1-70b'] }
  sims = [createEngineSim(engine), createEngineSim(engine), createEngineSim({ ...engine, serverless: { coldStartSeconds: () => 0.01 } })]
  const ports = await Promise.all(sims.map(async (sim) => (await sim.listen()).port))
  const file = join(folder, 'spillway.yaml')
  writeFileSync(file, demoYaml({ dedicated: ports.slice(0, 2), serverless: ports[2]! }, { capacity: 12, port: 8787, dataDir: join(folder, 'data'), coldStartSeconds: 1, speed: 1 }))
  const config = await loadConfig(file, { env: { [DEMO_KEY_VARIABLE]: DEMO_KEY } })
  createAudit(config.server.dataDir, 'example.com/audit')
  server = await startServer({ ...config, audit: { mode: 'besteffort', remember: null, witnesses: [], quorum: 0, bodies: null }, server: { ...config.server, port: 0 } }, { clock, random: seededRandom(1), log, onRecord: (record) => records.push(record) })
  base = `http://${server.host}:${server.port}`
})
afterAll(async () => {
  await server.stop()
  await Promise.all(sims.map((sim) => sim.close()))
  rmSync(folder, { recursive: true })
})

const openai = (): OpenAI => new OpenAI({ baseURL: `${base}/v1`, apiKey: DEMO_KEY, maxRetries: 0 })
const messages = [{ role: 'user' as const, content: 'Say something short.' }]

describe('clients that know nothing of Spillway', () => {
  it('openai: a whole answer, with the decision in its headers and a record of it', async () => {
    const { data, response } = await openai().chat.completions.create({ model: 'llama-3.1-8b', messages, max_tokens: 12, user: 'u-1' }, { headers: { 'x-spillway-feature': 'search' } }).withResponse()
    expect(data.choices[0]!.message.content!.length).toBeGreaterThan(0)
    expect(response.headers.get('x-spillway-pool')).toBe('floor')
    expect(response.headers.get('x-spillway-reason')).toMatch(/^floor/u)
    expect(Number(response.headers.get('x-spillway-cost-usd'))).toBeGreaterThan(0)
    const record = records.find(({ id }) => id === response.headers.get('x-spillway-call-id'))!
    expect(record).toMatchObject({ outcome: 'ok', keyId: 'demo', modelAsked: 'llama-3.1-8b', usageSource: 'upstream', attribution: { user: 'u-1', feature: 'search' }, usage: { output: data.usage!.completion_tokens } })
  })

  it('openai: a stream, token by token, with its usage', async () => {
    const stream = await openai().chat.completions.create({ model: 'llama-3.1-70b', messages, max_tokens: 12, stream: true, stream_options: { include_usage: true } })
    let text = ''
    let output = 0
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      output = chunk.usage?.completion_tokens ?? output
    }
    expect([text.length > 0, output]).toEqual([true, 12])
  })

  it('openai: tools', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }]
    const { choices } = await openai().chat.completions.create({ model: 'llama-3.1-8b', messages, tools, tool_choice: 'required', max_tokens: 64 })
    expect(choices[0]!.message.tool_calls?.[0]).toMatchObject({ type: 'function', function: { name: 'weather', arguments: expect.any(String) } })
  })

  it('openai: models and embeddings', async () => {
    const models = await openai().models.list()
    expect(models.data.map(({ id }) => id).sort()).toEqual(['llama-3.1-70b', 'llama-3.1-8b'])
    const { data } = await openai().embeddings.create({ model: 'llama-3.1-8b', input: 'a text', encoding_format: 'float' })
    expect(data[0]!.embedding.length).toBeGreaterThan(0)
  })

  it('openai: a wrong key and an unknown model are errors of its own kind', async () => {
    await expect(new OpenAI({ baseURL: `${base}/v1`, apiKey: 'sw_wrong', maxRetries: 0 }).chat.completions.create({ model: 'llama-3.1-8b', messages })).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' })
    await expect(openai().chat.completions.create({ model: 'gpt-unknown', messages })).rejects.toMatchObject({ status: 404 })
  })

  it('@ai-sdk/openai of Vercel: text and stream', async () => {
    const model = createOpenAI({ baseURL: `${base}/v1`, apiKey: DEMO_KEY }).chat('llama-3.1-8b')
    const { text } = await generateText({ model, prompt: 'Say something.', maxOutputTokens: 8, maxRetries: 0 })
    expect(text.length).toBeGreaterThan(0)
    let streamed = ''
    for await (const part of streamText({ model, prompt: 'Say something.', maxOutputTokens: 8, maxRetries: 0 }).textStream) streamed += part
    expect(streamed.length).toBeGreaterThan(0)
  })

  it('@anthropic-ai/sdk: Messages on engines that speak chat', async () => {
    const client = new Anthropic({ baseURL: base, apiKey: DEMO_KEY, maxRetries: 0 })
    const { content, usage } = await client.messages.create({ model: 'llama-3.1-8b', max_tokens: 10, messages })
    expect([content[0]!.type, usage.output_tokens]).toEqual(['text', 10])
    const stream = client.messages.stream({ model: 'llama-3.1-8b', max_tokens: 10, messages })
    expect((await stream.finalMessage()).stop_reason).toBe('max_tokens')
  })
})

describe('the process', () => {
  it('that cannot have its port says so and lets go of its data folder', async () => {
    const config = await loadConfig(join(folder, 'spillway.yaml'), { env: { [DEMO_KEY_VARIABLE]: DEMO_KEY, SPILLWAY_DATA: join(folder, 'second') } })
    const on = (port: number): Promise<RunningServer> => startServer({ ...config, audit: { ...config.audit, mode: 'off' }, server: { ...config.server, port } }, { clock, random: seededRandom(1), log })
    await expect(on(server.port)).rejects.toMatchObject({ code: 'LISTEN_FAILED', mend: expect.stringContaining('SPILLWAY_PORT') })
    // A journal that is still open would be locked.
    const again = await on(0)
    await again.stop()
  })

  it('answers health, readiness and metrics, without a key and without a secret', async () => {
    expect(await (await fetch(`${base}/healthz`)).json()).toEqual({ status: 'ok' })
    expect((await fetch(`${base}/readyz`)).status).toBe(200)
    const metrics = await (await fetch(`${base}/metrics`)).text()
    expect(metrics).toMatch(/spillway_calls_total\{pool="floor"/u)
    expect(metrics).not.toContain(DEMO_KEY)
  })

  it('takes telemetry on the same port, with the same key', async () => {
    const startedAt = Date.now()
    const report = { id: 'elsewhere', startedAt, provider: 'openai', model: 'gpt-5', usage: { inputUncached: 1000, output: 10 } }
    const response = await fetch(`${base}/api/calls`, { method: 'POST', body: JSON.stringify(report), headers: { authorization: `Bearer ${DEMO_KEY}`, 'content-type': 'application/json' } })
    expect([response.status, await response.json()]).toEqual([200, { accepted: 1, rejected: [], ids: ['call:elsewhere'] }])
    const kept: unknown[] = []
    for await (const { record } of journalReader(journalFolder(join(folder, 'data'))).read(0)) kept.push(record)
    expect(kept).toContainEqual(expect.objectContaining({ kind: 'observation', schemaVersion: 1, observation: expect.objectContaining({ id: 'call:elsewhere', source: 'api', keyId: 'demo', startedAt, cost: expect.objectContaining({ nanoUsd: '1350000', status: 'complete' }) }) }))
  })

  it('loads what it has recorded into telemetry, and says how far', async () => {
    const metrics = async (): Promise<string> => (await fetch(`${base}/metrics`)).text()
    let text = await metrics()
    // Its own calls and the one that was reported; refused ones are calls too.
    while (!text.includes(`spillway_telemetry_loaded_total ${records.length + 1}\n`)) text = await metrics()
    expect(text).toMatch(/spillway_telemetry_behind_bytes 0\n/u)
    expect(text).toMatch(/spillway_telemetry_failing 0\n/u)
    expect(await (await fetch(`${base}/readyz`)).json()).toEqual({ status: 'ready', notes: [] })
  })

  it('answers what was recorded, on the same port', async () => {
    const get = async (target: string): Promise<unknown> => (await fetch(`${base}/api/v1/${target}`, { headers: { authorization: `Bearer ${DEMO_KEY}` } })).json()
    expect(await get('costs?by=feature&user=u-1')).toMatchObject({ asOf: expect.stringMatching(/^20/u), rows: [{ group: ['search'], calls: 1 }], total: [{ calls: 1 }] })
    const [{ id }] = ((await get('calls?user=u-1')) as { readonly calls: [{ readonly id: string }] }).calls
    expect(await get(`calls/${id}`)).toMatchObject({ call: { id, pool: 'floor', user: 'u-1', modelAsked: 'llama-3.1-8b', cost: { status: 'estimated' } } })
    expect((await fetch(`${base}/api/v1/calls`, { headers: { authorization: 'Bearer sw_wrong' } })).status).toBe(401)
  })

  it('has every finished call in the journal once it has stopped', async () => {
    await server.stop()
    const kept: unknown[] = []
    for await (const { record } of journalReader(journalFolder(join(folder, 'data'))).read(0)) kept.push(record)
    const ids = kept.flatMap((record) => ((record as { kind: string }).kind === 'call' ? [(record as CallRecord).id] : []))
    expect(ids).toEqual(records.map(({ id }) => id))
    expect(JSON.stringify(kept)).not.toContain(DEMO_KEY)
  })
})

describe('the audit log of all this', () => {
  it('has a leaf for every call that was served, refused or lost, in the order of the journal, and verifies', async () => {
    await server.stop()
    const data = join(folder, 'data')
    const leaves: string[] = []
    const { problems } = await verifyLog({
      source: directorySource(auditFolder(data)),
      log: readAudit(data).log.signer.verifier,
      onEntry: (entry) => {
        const leaf = decodeLeaf(entry)
        if (leaf.leaf === 'call') leaves.push(leaf.id)
      },
    })
    expect(problems).toEqual([])
    expect(leaves.length).toBeGreaterThan(5)
    expect(leaves).toEqual(records.map(({ id }) => id))
  })
})
