import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { KEY, pool, startGateway, stopAll, testConfig, type Harness } from '../../gateway/testing.ts'
import { CHAT, chatChunk, chatStream } from '../anthropic/fixtures.testing.ts'
import { bodyOf, listen, type Listening } from '../testing.ts'

const open: Listening[] = []

afterEach(async () => {
  await stopAll()
  await Promise.all(open.splice(0).map((server) => server.close()))
})

/** A RunPod endpoint that answers by path, behind the gateway. */
async function gatewayOver(answers: Readonly<Record<string, object>>): Promise<{ readonly harness: Harness; readonly client: OpenAI; readonly asked: string[]; readonly cancelled: Promise<void> }> {
  const asked: string[] = []
  const { promise: cancelled, resolve } = Promise.withResolvers<void>()
  const upstream = await listen(async (req, res) => {
    await bodyOf(req)
    const operation = (req.url ?? '').split('/')[3]!.split('?', 1)[0]!
    asked.push(operation)
    if (operation === 'cancel') resolve()
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[operation] ?? {}))
  })
  open.push(upstream)
  const harness = await startGateway(testConfig([pool('p', [`${upstream.url}/v2/ep1`], { protocol: 'runpod' })]))
  return { harness, client: new OpenAI({ baseURL: `${harness.url}/v1`, apiKey: KEY, maxRetries: 0 }), asked, cancelled }
}

const QUESTION = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }

describe('a RunPod pool at the gateway', () => {
  it('serves and is recorded', async () => {
    const { harness, client } = await gatewayOver({ runsync: { id: 'j1', status: 'COMPLETED', output: [CHAT] } })
    expect(await client.chat.completions.create(QUESTION)).toMatchObject(CHAT)
    expect(await harness.record()).toMatchObject({ outcome: 'ok', pool: 'p', usageSource: 'upstream', usage: { cacheRead: 200 } })
  })

  it('has its job cancelled when the client goes', async () => {
    const { harness, client, asked, cancelled } = await gatewayOver({
      run: { id: 'j1', status: 'IN_QUEUE' },
      stream: { status: 'IN_PROGRESS', stream: [{ output: chatStream([chatChunk({ content: 'Hel' })], false) }] },
    })
    for await (const chunk of await client.chat.completions.create({ ...QUESTION, stream: true })) {
      expect(chunk.choices[0]?.delta.content).toBe('Hel')
      break
    }
    await cancelled
    expect(asked.filter((operation) => operation === 'cancel')).toHaveLength(1)
    expect(await harness.record()).toMatchObject({ outcome: 'client-aborted', usageSource: 'counted' })
  })

  it('refuses what a job cannot serve, as the call\'s own fault', async () => {
    const { client, asked } = await gatewayOver({})
    await expect(client.responses.create({ model: 'm', input: 'Hi' })).rejects.toMatchObject({ status: 400, code: 'not_translatable' })
    expect(asked).toEqual([])
  })
})
