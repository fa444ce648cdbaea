import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { startReplay } from './replay.ts'
import type { TrafficCall } from './traffic.ts'

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

interface Body {
  readonly max_tokens: number
  readonly ignore_eos: boolean
  readonly messages: readonly { readonly content: string }[]
}

async function gateway(): Promise<{ readonly url: string; readonly bodies: Body[] }> {
  const bodies: Body[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += String(part)
    if (request.url === '/v1/chat/completions') bodies.push(JSON.parse(text) as Body)
    response.end('data: [DONE]\n\n')
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies }
}

const traffic: TrafficCall[] = [{ at: 1, input: 10, output: 5 }, { at: 2, input: 20, output: 6 }, { at: 3, input: 30, output: 7 }]

describe('the replay', () => {
  it('sends each call once, at its time, and is over when all are answered', async () => {
    const { url, bodies } = await gateway()
    let now = 0
    const told: number[] = []
    const times: number[] = []
    const replay = startReplay({
      url,
      traffic,
      time: () => {
        times.push(now)
        return (now += 0.5)
      },
      random: seededRandom(1),
      onSend: ({ at }) => {
        told.push(at)
        expect(now).toBeGreaterThanOrEqual(at)
      },
    })
    await replay.over
    expect(told).toEqual([1, 2, 3])
    expect(replay.sent()).toBe(3)
    // Four bytes a token.
    expect(bodies.map(({ max_tokens, messages }) => [max_tokens, messages[0]!.content.length / 4]).toSorted()).toEqual([[5, 10], [6, 20], [7, 30]])
    // An engine must not end an answer before the trace does.
    expect(bodies.every(({ ignore_eos }) => ignore_eos)).toBe(true)
    await replay.stop()
  })

  it('sends calls again, or leaves some out, by the load', async () => {
    const counts = await Promise.all(
      [2, 1.5, 0.5].map(async (load) => {
        const { url, bodies } = await gateway()
        const replay = startReplay({ url, traffic: [...traffic, { at: 4, input: 1, output: 1 }], time: () => 10, random: seededRandom(1), onSend: () => {} })
        replay.setLoad(load)
        await replay.over
        await replay.stop()
        return [bodies.length, replay.sent()]
      }),
    )
    expect(counts).toEqual([[8, 8], [6, 6], [2, 2]])
  })

  it('goes on where the gateway cannot be reached', async () => {
    const replay = startReplay({ url: 'http://127.0.0.1:9', traffic, time: () => 10, random: seededRandom(1), onSend: () => {} })
    await replay.over
    expect(replay.sent()).toBe(3)
    await replay.stop()
  })
})
