import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatAnswer, chatChunks, FakeAdmission, FakePolicy, pool, rawCall, rawClient, sendJson, startGateway, startRawUpstream, startUpstream, stopAll, testConfig } from './testing.ts'
import type { Upstream } from './testing.ts'

afterEach(stopAll)

const STREAM = { ...CHAT, stream: true }

/** Streams that go on until `finish` is called. */
async function openStreams(): Promise<Upstream & { readonly finish: () => void }> {
  const open: (() => void)[] = []
  const upstream = await startUpstream((res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    const chunks = chatChunks(['a', 'b'], true)
    for (const chunk of chunks.slice(0, 2)) res.write(chunk)
    open.push(() => res.end(chunks.slice(2).join('')))
  })
  return Object.assign(upstream, {
    finish() {
      for (const end of open.splice(0)) end()
    },
  })
}

describe('listen', () => {
  it('says what to do where the port is in use', async () => {
    const { port } = await startGateway(testConfig([]))
    await expect(startGateway(testConfig([], { port }))).rejects.toThrow(expect.objectContaining({ code: 'LISTEN_FAILED', mend: expect.stringContaining('SPILLWAY_PORT') }))
  })

  it('refuses names that could not be told in a header', async () => {
    await expect(startGateway(testConfig([pool('a\r\nx: y', ['http://127.0.0.1:1'])]))).rejects.toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})

describe('drain', () => {
  it('finishes streams, takes no new call, and then resolves', async () => {
    const upstream = await openStreams()
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    const idle = await rawClient(gateway.port)
    idle.socket.write('GET /nothing HTTP/1.1\r\nhost: gateway\r\n\r\n')
    await idle.until(/not_found/u)
    client.socket.write(rawCall(STREAM))
    await client.until(/"content":"a"/u)
    const drained = gateway.gateway.drain(10_000)
    await idle.closed
    await expect(fetch(gateway.url)).rejects.toThrow('fetch failed')
    upstream.finish()
    await drained
    expect(await client.until(/\[DONE\]/u)).toContain('"content":"b"')
    expect(await client.closed).toMatch(/x-spillway-cost-usd/u)
    expect(await gateway.record()).toMatchObject({ outcome: 'ok' })
  })

  it('refuses a call on a connection that is open still', async () => {
    const upstream = await openStreams()
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(STREAM))
    await client.until(/"content":"a"/u)
    const drained = gateway.gateway.drain(10_000)
    client.socket.write(rawCall({ ...CHAT, late: true }))
    upstream.finish()
    await drained
    expect(await client.closed).toMatch(/HTTP\/1\.1 503 .*"code":"shutting_down"/su)
  })

  it('ends what still runs when its time is up, with an error event and a record', async () => {
    const upstream = await openStreams()
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(STREAM))
    await client.until(/"content":"a"/u)
    await gateway.gateway.drain(50)
    expect(await client.closed).toMatch(/"content":"a".*"code":"shutting_down"/su)
    expect(await gateway.record()).toMatchObject({ outcome: 'killed', errorCode: 'shutting_down', usageSource: 'counted', usage: { output: 1 } })
    expect(gateway.admission.open).toBe(0)
  })

  it('ends calls that wait, too', async () => {
    const gateway = await startGateway(testConfig([pool('api', ['http://127.0.0.1:1'])]))
    gateway.policy.limit = 0
    const response = gateway.post('/v1/chat/completions', CHAT)
    while (gateway.policy.waiting.size === 0) await new Promise(setImmediate)
    await gateway.gateway.drain(0)
    expect((await response).status).toBe(503)
    expect(await gateway.record()).toMatchObject({ outcome: 'killed', attempts: [] })
  })
})

describe('reload', () => {
  it('under load: running streams end where they began, new calls go by the new rules', async () => {
    const old = await openStreams()
    const young = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('old', [old.url])]))
    const clients = await Promise.all(Array.from({ length: 20 }, () => rawClient(gateway.port)))
    for (const client of clients) client.socket.write(rawCall(STREAM))
    await Promise.all(clients.map((client) => client.until(/"content":"a"/u)))

    const config = testConfig([pool('young', [young.url])], { version: 'v2', limits: { maxBodyBytes: 500 } })
    const rules = { config, policy: new FakePolicy(config.pools), admission: new FakeAdmission() }
    gateway.gateway.reload(rules)
    const response = await gateway.post('/v1/chat/completions', CHAT)
    expect(response.headers.get('x-spillway-pool')).toBe('young')
    expect((await gateway.post('/v1/chat/completions', { ...CHAT, x: 'x'.repeat(600) })).status).toBe(413)

    old.finish()
    for (const client of clients) expect(await client.until(/\[DONE\]/u)).toContain('"content":"b"')
    const records = await gateway.record(22).then(() => gateway.records)
    expect(records.filter((record) => record.configVersion === 'v1' && record.pool === 'old' && record.outcome === 'ok')).toHaveLength(20)
    expect(records.filter((record) => record.configVersion === 'v2')).toHaveLength(2)
    expect(gateway.policy.inFlight.size + rules.policy.inFlight.size).toBe(0)
  })

  it('keeps the sockets of endpoints that stay, and closes the others when nobody uses them', async () => {
    const answer = JSON.stringify(chatAnswer())
    const whole = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`
    const [stays, goes] = await Promise.all([startRawUpstream((socket) => socket.write(whole)), startRawUpstream((socket) => socket.write(whole))])
    const gateway = await startGateway(testConfig([pool('a', [stays.url]), pool('b', [goes.url], { models: { n: 'n' } })]))
    for (const model of ['m', 'n']) await (await gateway.post('/v1/chat/completions', { ...CHAT, model })).arrayBuffer()
    const [kept] = stays.sockets
    const config = testConfig([pool('a', [stays.url])])
    gateway.gateway.reload({ config, policy: new FakePolicy(config.pools), admission: gateway.admission })
    while (goes.sockets.size > 0) await new Promise(setImmediate)
    expect((await gateway.post('/v1/chat/completions', CHAT)).status).toBe(200)
    expect([...stays.sockets]).toEqual([kept])
    expect((await gateway.post('/v1/chat/completions', { ...CHAT, model: 'n' })).status).toBe(404)
  })

  it('leaves calls that wait with the rules that let them wait, and those let them go', async () => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    gateway.policy.limit = 0
    const waiting = gateway.post('/v1/chat/completions', CHAT)
    while (gateway.policy.waiting.size === 0) await new Promise(setImmediate)
    const config = testConfig([pool('young', ['http://127.0.0.1:1'])], { version: 'v2' })
    gateway.gateway.reload({ config, policy: new FakePolicy(config.pools), admission: gateway.admission })
    gateway.policy.limit = 1
    expect((await waiting).headers.get('x-spillway-pool')).toBe('api')
    expect(await gateway.record()).toMatchObject({ outcome: 'ok', configVersion: 'v1' })
  })
})
