import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatAnswer, chatChunks, pool, rawCall, rawClient, sendJson, sendStream, startGateway, startRawUpstream, startUpstream, stopAll, testConfig } from './testing.ts'
import type { Harness } from './testing.ts'

afterEach(stopAll)

const STREAM = { ...CHAT, stream: true }

/** An upstream that answers when the test says so. */
async function heldUpstream(): Promise<{ readonly url: string; readonly came: Promise<ServerResponse> }> {
  let arrive: (res: ServerResponse) => void
  const came = new Promise<ServerResponse>((resolve) => {
    arrive = resolve
  })
  const { url } = await startUpstream((res) => arrive(res))
  return { url, came }
}

function expectNothingLeft(gateway: Harness): void {
  expect(gateway.records).toHaveLength(1)
  expect(gateway.admission.open).toBe(0)
  expect(gateway.policy.inFlight.size).toBe(0)
  expect(gateway.policy.waiting.size).toBe(0)
  expect(gateway.gateway.active()).toBe(0)
}

/** Time stands still: what happens all the same needs none. */
const frozen = { clock: { now: () => 1_795_608_000_000 } }

describe('a client that goes away leaves a record and nothing else', () => {
  it('before its head is whole: there never was a call', async () => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    client.socket.end(rawCall(CHAT).slice(0, 40))
    expect(await client.closed).toMatch(/^HTTP\/1\.1 400 /u)
    expect([gateway.records, upstream.bodies, gateway.gateway.active()]).toEqual([[], [], 0])
  })

  it('before its body', async () => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    const head = rawCall(CHAT, ['expect: 100-continue']).split('\r\n\r\n', 1)[0]!
    client.socket.write(`${head}\r\n\r\n`)
    await client.until(/100 Continue/u)
    client.socket.destroy()
    expect(await gateway.record()).toMatchObject({ outcome: 'client-aborted', errorCode: 'client_aborted', status: null, pool: null, requestBytes: 0, attempts: [] })
    expect(upstream.bodies).toEqual([])
    expectNothingLeft(gateway)
  })

  it('while its body comes', async () => {
    const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT, ['expect: 100-continue']).slice(0, -5))
    await client.until(/100 Continue/u)
    client.socket.destroy()
    expect(await gateway.record()).toMatchObject({ outcome: 'client-aborted', status: null, pool: null, attempts: [], cost: { nanoUsd: '0' } })
    expect(upstream.bodies).toEqual([])
    expectNothingLeft(gateway)
  })

  it('while it waits for room', async () => {
    const held = await heldUpstream()
    const gateway = await startGateway(testConfig([pool('api', [held.url])]))
    gateway.policy.limit = 0
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT))
    while (gateway.policy.waiting.size === 0) await new Promise(setImmediate)
    client.socket.destroy()
    expect(await gateway.record()).toMatchObject({ outcome: 'client-aborted', pool: null, attempts: [] })
    expect(gateway.policy.events).toContainEqual(expect.objectContaining({ type: 'aborted' }))
    gateway.policy.limit = 10
    expectNothingLeft(gateway)
  })

  it('while the upstream thinks: it is told at once, and the prompt is charged as an estimate', async () => {
    const held = await heldUpstream()
    const gateway = await startGateway(testConfig([pool('api', [held.url])]), frozen)
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT))
    const res = await held.came
    const closed = once(res, 'close')
    client.socket.destroy()
    await closed
    expect(await gateway.record()).toMatchObject({ outcome: 'client-aborted', status: null, attempts: [{ error: 'aborted', status: null }], usageSource: 'counted', usage: { output: 0 }, cost: { status: 'estimated' } })
    expectNothingLeft(gateway)
  })

  it('while the upstream is being connected to', async () => {
    // A listener that never takes the connection off its queue cannot be made portably; a socket that never speaks is as mute.
    const upstream = await startRawUpstream(() => undefined)
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT))
    while (gateway.policy.inFlight.size === 0) await new Promise(setImmediate)
    client.socket.destroy()
    expect(await gateway.record()).toMatchObject({ outcome: 'client-aborted' })
    while (upstream.sockets.size > 0) await new Promise(setImmediate)
    expectNothingLeft(gateway)
  })

  it('in mid-stream: the upstream is told at once, and what was streamed is charged (peer defect 4)', async () => {
    const held = await heldUpstream()
    const gateway = await startGateway(testConfig([pool('api', [held.url])]), frozen)
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(STREAM))
    const res = await held.came
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const chunk of chatChunks(['a', 'b', 'c'], false).slice(0, 4)) res.write(chunk)
    await client.until(/"content":"c"/u)
    const closed = once(res, 'close')
    client.socket.destroy()
    await closed
    const record = await gateway.record()
    expect(record).toMatchObject({ outcome: 'client-aborted', status: 200, usageSource: 'counted', usage: { output: 3 }, cost: { status: 'estimated' }, modelServed: 'm-served' })
    expect(gateway.admission.settled).toEqual([{ cost: BigInt(record.cost.nanoUsd), promptTokens: record.usage.inputUncached, outputTokens: 3 }])
    expectNothingLeft(gateway)
  })

  it('while an answer is held for its cost', async () => {
    const held = await heldUpstream()
    const gateway = await startGateway(testConfig([pool('api', [held.url])]))
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT))
    const res = await held.came
    res.writeHead(200, { 'content-type': 'application/json' })
    res.write('{"choices":[')
    const closed = once(res, 'close')
    client.socket.destroy()
    await closed
    expect(await gateway.record()).toMatchObject({ outcome: 'client-aborted', attempts: [{ error: 'aborted' }] })
    expectNothingLeft(gateway)
  })

  it('by ending its own side alone: who does not wait for the answer has gone', async () => {
    const held = await heldUpstream()
    const gateway = await startGateway(testConfig([pool('api', [held.url])]), frozen)
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(STREAM))
    const closed = once(await held.came, 'close')
    client.socket.end()
    await closed
    expect(await gateway.record()).toMatchObject({ outcome: 'client-aborted' })
    expectNothingLeft(gateway)
  })

  it.each([['a stream', STREAM], ['a whole answer', CHAT]])('after the last byte of %s: that was no abort', async (_, body) => {
    const upstream = await startUpstream((res, { stream }) => (stream === true ? sendStream(res, chatChunks(['a'], true)) : sendJson(res, chatAnswer())))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(body))
    await client.until(/\r\n0\r\n.*\r\n\r\n$|\}\}$/su)
    client.socket.resetAndDestroy()
    await client.closed
    expect(await gateway.record()).toMatchObject({ outcome: 'ok', status: 200, usageSource: 'upstream' })
    while (gateway.gateway.active() > 0) await new Promise(setImmediate)
    expect(gateway.admission.settled).toHaveLength(1)
    expectNothingLeft(gateway)
  })

  it('while it waits for another try', async () => {
    const upstream = await startUpstream((res) => sendJson(res, {}, 500))
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])], { retries: { baseMs: 60_000, maxMs: 60_000, attempts: 5 }, timeouts: { totalMs: 600_000 } }), { random: () => 0.9 })
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT))
    while (!gateway.policy.events.some(({ type }) => type === 'failed')) await new Promise(setImmediate)
    client.socket.destroy()
    expect(await gateway.record()).toMatchObject({ outcome: 'client-aborted', attempts: [{ error: 'http_500' }], cost: { nanoUsd: '0' } })
    expectNothingLeft(gateway)
  })

  it('with several calls in a pipeline: all of them', async () => {
    const upstream = await startRawUpstream(() => undefined)
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])]))
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT) + rawCall(STREAM) + rawCall(CHAT))
    while (gateway.policy.inFlight.size < 3) await new Promise(setImmediate)
    client.socket.destroy()
    await gateway.record(3)
    expect(gateway.records.map(({ outcome }) => outcome)).toEqual(['client-aborted', 'client-aborted', 'client-aborted'])
    expect([gateway.gateway.active(), gateway.policy.inFlight.size, gateway.admission.open]).toEqual([0, 0, 0])
  })

  it('and what waited behind it is served', async () => {
    const held = await heldUpstream()
    const gateway = await startGateway(testConfig([pool('api', [held.url])]))
    gateway.policy.limit = 1
    const first = await rawClient(gateway.port)
    first.socket.write(rawCall(CHAT))
    await held.came
    const second = await rawClient(gateway.port)
    second.socket.write(rawCall({ ...CHAT, user: 'second' }))
    while (gateway.policy.waiting.size === 0) await new Promise(setImmediate)
    first.socket.destroy()
    await gateway.record()
    while (gateway.policy.waiting.size > 0) await new Promise(setImmediate)
    expect([...gateway.policy.inFlight]).toEqual(['call-2'])
  })
})
