import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatAnswer, chatChunks, pool, rawCall, rawClient, sendJson, startGateway, startUpstream, stopAll, testConfig } from './testing.ts'

afterEach(stopAll)

const READERS = 200
const PIECE = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(32_000) } }] })}\n\n`
/** What each upstream would send if it could: 16 MB. */
const PIECES = 500

describe('slow readers', () => {
  it('200 of them at next to nothing a second hold their upstreams back, cost little memory, and do not slow others', async () => {
    const sent = new Map<ServerResponse, number>()
    const open: ServerResponse[] = []
    const upstream = await startUpstream((res, body) => {
      if (body['stream'] !== true) return sendJson(res, chatAnswer())
      open.push(res)
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const pump = (): void => {
        let count = sent.get(res) ?? 0
        while (count < PIECES) {
          count++
          sent.set(res, count)
          if (!res.write(PIECE)) return void res.once('drain', pump)
        }
        res.end('data: [DONE]\n\n')
      }
      pump()
      return undefined
    })
    const gateway = await startGateway(testConfig([pool('api', [upstream.url], { connections: 500 })], { limits: { writeBufferBytes: 32 * 1024 } }))
    const before = process.memoryUsage().arrayBuffers
    const clients = await Promise.all(Array.from({ length: READERS }, () => rawClient(gateway.port)))
    for (const client of clients) {
      client.socket.pause()
      client.socket.write(rawCall({ ...CHAT, stream: true }))
    }
    // Until nothing moves any more: what fits into the buffers of the kernel is there.
    let moved = -1
    const total = (): number => [...sent.values()].reduce((sum, count) => sum + count, 0)
    while (sent.size < READERS || total() !== moved) {
      moved = total()
      const response = await gateway.post('/v1/chat/completions', CHAT)
      expect(response.status).toBe(200)
      await response.arrayBuffer()
      for (const { socket } of clients) socket.read(1)
      for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate)
    }
    expect(total()).toBeLessThan(READERS * PIECES)
    expect(open.every((res) => !res.writableFinished)).toBe(true)
    // Both ends of both hops are in this process: 1 MB for each reader would be much.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(READERS * 1024 * 1024)
    for (const { socket } of clients) socket.destroy()
    const ended = (): number => gateway.records.filter((record) => record.outcome === 'client-aborted').length
    while (ended() < READERS) await new Promise(setImmediate)
    expect(gateway.policy.inFlight.size).toBe(0)
    expect(gateway.admission.open).toBe(0)
  })

  it('one that catches up gets every byte', async () => {
    const chunks = chatChunks(Array.from({ length: 3000 }, (_, i) => `${i} ${'x'.repeat(1000)}`), false)
    const upstream = await startUpstream((res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(chunks.join(''))
    })
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])], { limits: { writeBufferBytes: 16 * 1024 } }))
    const response = await gateway.post('/v1/chat/completions', { ...CHAT, stream: true })
    const parts: Uint8Array[] = []
    for await (const part of response.body!) {
      parts.push(part)
      await new Promise(setImmediate)
    }
    expect(Buffer.concat(parts).toString()).toBe(chunks.join(''))
    expect(await gateway.record()).toMatchObject({ outcome: 'ok', usage: { output: expect.any(Number) } })
  })

  it('one that never reads the end is cut when its call has been long enough', async () => {
    const upstream = await startUpstream((res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(PIECE.repeat(300))
    })
    const gateway = await startGateway(testConfig([pool('api', [upstream.url])], { timeouts: { totalMs: 300 } }))
    const client = await rawClient(gateway.port)
    client.socket.pause()
    client.socket.write(rawCall({ ...CHAT, stream: true }))
    expect(await gateway.record()).toMatchObject({ outcome: 'timed-out', status: 200 })
    while (gateway.gateway.active() > 0) await new Promise(setImmediate)
  })
})
