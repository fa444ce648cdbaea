import { afterEach, describe, expect, it } from 'vitest'
import { BodyTap, type CallBodies } from './body-tap.ts'
import { CHAT, chatAnswer, chatChunks, type Harness, pool, sendJson, sendStream, startGateway, startUpstream, stopAll, testConfig } from './testing.ts'

afterEach(stopAll)

async function keeping(stream: boolean, maxBytes = 100_000): Promise<{ readonly gateway: Harness; readonly kept: CallBodies[] }> {
  const upstream = await startUpstream((res) => (stream ? sendStream(res, chatChunks(['Hel', 'lo'], true)) : sendJson(res, chatAnswer())))
  const kept: CallBodies[] = []
  const gateway = await startGateway(testConfig([pool('api', [upstream.url])]), { bodies: { maxBytes, keep: (bodies) => ({ commitment: `commitment ${kept.push(bodies)}`, redacted: 0 }) } })
  return { gateway, kept }
}

describe('bodies that are kept', () => {
  it.each([false, true])('are what the client has sent and got (streamed: %s), and the record has their commitment', async (stream) => {
    const { gateway, kept } = await keeping(stream)
    const body = { ...CHAT, stream, user: 'u-1' }
    const answer = await (await gateway.post('/v1/chat/completions', body)).text()
    const record = await gateway.record()
    expect(kept).toEqual([{ id: record.id, tenant: record.tenant, user: 'u-1', at: record.arrivedAt, request: Buffer.from(JSON.stringify(body)), response: Buffer.from(answer), truncated: false }])
    expect(record.body).toBe('commitment 1')
  })

  it('are none of a call that was not admitted, and then its record has no such field', async () => {
    const { gateway, kept } = await keeping(false)
    await gateway.post('/v1/chat/completions', '{')
    expect('body' in (await gateway.record())).toBe(false)
    expect(kept).toEqual([])
  })

  it('are cut at their limit, each by itself', async () => {
    const { gateway, kept } = await keeping(true, 50)
    await (await gateway.post('/v1/chat/completions', { ...CHAT, stream: true })).text()
    await gateway.record()
    expect(kept.map(({ request, response, truncated }) => [request.length, response.length, truncated])).toEqual([[50, 50, true]])
  })

  it('chunk by chunk up to the limit, and no byte beyond', () => {
    const tap = new BodyTap(5)
    tap.request(Buffer.from('12345'))
    for (const chunk of ['ab', '', 'cde']) tap.response(Buffer.from(chunk))
    expect(tap.taken()).toEqual({ request: Buffer.from('12345'), response: Buffer.from('abcde'), truncated: false })
    tap.response(Buffer.from('f'))
    expect(tap.taken()).toMatchObject({ response: Buffer.from('abcde'), truncated: true })
  })
})
