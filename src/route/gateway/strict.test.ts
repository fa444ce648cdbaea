import { afterEach, describe, expect, it } from 'vitest'
import type { CallIntent } from '../../core/call.ts'
import type { AuditConfig } from '../config-types.ts'
import { CHAT, chatAnswer, type Harness, pool, rawCall, rawClient, sendJson, startGateway, startUpstream, stopAll, testConfig, type Upstream } from './testing.ts'

afterEach(stopAll)

interface Strict {
  readonly gateway: Harness
  readonly upstream: Upstream
  readonly intents: CallIntent[]
  /** Lets the record of the oldest intent be on disk, or fails it. */
  readonly settle: (failure?: Error) => void
  readonly came: () => Promise<void>
}

/** A gateway that puts calls on record when the test says so. */
async function strict(over: Parameters<typeof testConfig>[1] = {}, audit: Partial<AuditConfig> = {}): Promise<Strict> {
  const upstream = await startUpstream((res) => sendJson(res, chatAnswer()))
  const intents: CallIntent[] = []
  const waiting: PromiseWithResolvers<void>[] = []
  const gateway = await startGateway({ ...testConfig([pool('api', [upstream.url])], over), audit: { mode: 'strict', remember: null, witnesses: [], quorum: 0, bodies: null, ...audit } }, {
    intend: (intent) => {
      intents.push(intent)
      const settled = Promise.withResolvers<void>()
      waiting.push(settled)
      return settled.promise
    },
  })
  return {
    gateway,
    upstream,
    intents,
    settle: (failure) => (failure === undefined ? waiting.shift()!.resolve() : waiting.shift()!.reject(failure)),
    came: async () => {
      while (waiting.length === 0) await new Promise(setImmediate)
    },
  }
}

describe('a call that has to be on record before it is served', () => {
  it('reaches no upstream before it is; then it is an ordinary call, whose record has the same id', async () => {
    const { gateway, upstream, intents, settle, came } = await strict()
    const answer = gateway.post('/v1/chat/completions', CHAT)
    await came()
    expect([upstream.bodies.length, gateway.records.length]).toEqual([0, 0])
    settle()
    expect((await answer).status).toBe(200)
    expect(intents).toMatchObject([{ kind: 'intent', modelAsked: 'm', api: 'chat', configVersion: gateway.deps.config.version }])
    expect(await gateway.record()).toMatchObject({ id: intents[0]!.id, tenant: intents[0]!.tenant, keyId: intents[0]!.keyId, outcome: 'ok', arrivedAt: intents[0]!.arrivedAt })
  })

  it('is refused where the disk refuses: 503, nothing reaches an upstream, nothing stays reserved', async () => {
    const { gateway, upstream, settle, came } = await strict()
    const answer = gateway.post('/v1/chat/completions', CHAT)
    await came()
    settle(new Error('canary /data/journal'))
    const response = await answer
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    const body = await response.text()
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'audit_unavailable' } })
    expect(body).not.toContain('canary')
    expect(await gateway.record()).toMatchObject({ outcome: 'refused', reason: 'audit-unavailable', errorCode: 'audit_unavailable', pool: null })
    expect([upstream.bodies.length, gateway.admission.open, gateway.policy.inFlight.size]).toEqual([0, 0, 0])
  })

  it('whose client goes away meanwhile is not served when the record is there', async () => {
    const { gateway, upstream, settle, came } = await strict()
    const client = await rawClient(gateway.port)
    client.socket.write(rawCall(CHAT))
    await came()
    client.socket.destroy()
    expect(await gateway.record()).toMatchObject({ outcome: 'client-aborted', pool: null })
    settle()
    await new Promise(setImmediate)
    expect([upstream.bodies.length, gateway.records.length, gateway.admission.open]).toEqual([0, 1, 0])
  })

  it('is one of a strict model alone: others do not wait, and those of a model that is off say so on record', async () => {
    for (const [mode, marked] of [['besteffort', undefined], ['off', 'off']] as const) {
      const { gateway, intents } = await strict({}, { models: [{ models: 'm*', mode }] })
      expect((await gateway.post('/v1/chat/completions', CHAT)).status).toBe(200)
      expect([intents, (await gateway.record()).audit]).toEqual([[], marked])
    }
    const { gateway, intents, settle, came } = await strict({}, { mode: 'off', models: [{ models: 'm', mode: 'strict' }], systems: [{ id: 'triage', keys: null, features: null, models: ['m'] }] })
    const answer = gateway.post('/v1/chat/completions', CHAT)
    await came()
    settle()
    expect((await answer).status).toBe(200)
    expect([intents, await gateway.record()]).toMatchObject([[{ system: 'triage' }], { system: 'triage' }])
  })

  it('whose record never comes is ended when a call has been long enough, and not for its body', async () => {
    const { gateway, upstream, came } = await strict({ limits: { bodyMs: 1 }, timeouts: { totalMs: 300 } })
    const answer = gateway.post('/v1/chat/completions', CHAT)
    await came()
    const response = await answer
    expect([response.status, await response.json()]).toEqual([504, { error: expect.objectContaining({ code: 'timed_out' }) }])
    expect(upstream.bodies).toEqual([])
  })
})
