import type { ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatAnswer, chatChunks, pool, rawCall, rawClient, sendJson, startGateway, startUpstream, stopAll, testConfig } from './testing.ts'

afterEach(stopAll)

/** Each takes some 8 MB that the kernel buffers on both hops, so that more of them cost time and prove nothing more. */
const READERS = 25
/** Both ends of both hops are in this process: 1 MB for each reader would be much. */
const MOST_MEMORY = READERS * 1024 * 1024
const PIECE = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(32_000) } }] })}\n\n`

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of buffers that are in use. They go with the collection after the one that found them dead. */
async function memory(): Promise<number> {
  for (let turn = 0; turn < 4; turn++) {
    collect()
    await new Promise(setImmediate)
  }
  return process.memoryUsage().arrayBuffers
}

describe('slow readers', () => {
  it('at next to nothing a second they hold their upstreams back, cost little memory, and others are served meanwhile', async () => {
    let pieces = 0
    const open: ServerResponse[] = []
    const upstream = await startUpstream((res, body) => {
      if (body['stream'] !== true) return sendJson(res, chatAnswer())
      open.push(res)
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      // Without end: nothing but its connection keeps it back.
      const pump = (): void => {
        do pieces++
        while (res.write(PIECE))
      }
      res.on('drain', pump)
      pump()
      return undefined
    })
    const gateway = await startGateway(testConfig([pool('api', [upstream.url], { connections: 100 })], { limits: { writeBufferBytes: 32 * 1024 } }))
    const before = await memory()
    const clients = await Promise.all(Array.from({ length: READERS }, () => rawClient(gateway.port)))
    for (const client of clients) {
      client.socket.pause()
      client.socket.write(rawCall({ ...CHAT, stream: true }))
    }
    // Until every upstream is held back and nothing has moved for some rounds: what fits into the buffers of the kernel is there.
    for (let [quiet, moved] = [0, -1]; quiet < 3; quiet = pieces === moved && open.length === READERS && open.every((res) => res.writableNeedDrain) ? quiet + 1 : 0) {
      moved = pieces
      const response = await gateway.post('/v1/chat/completions', CHAT)
      expect(response.status).toBe(200)
      await response.arrayBuffer()
      for (const { socket } of clients) socket.read(1)
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
      // While much moves, much is garbage: this only ends a run that would never end.
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * MOST_MEMORY)
    }
    expect((await memory()) - before).toBeLessThan(MOST_MEMORY)
    expect(gateway.gateway.active()).toBe(READERS)
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
