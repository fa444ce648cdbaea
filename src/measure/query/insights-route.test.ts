import { describe, expect, it } from 'vitest'
import { anObservation, T0 } from '../../store/telemetry/testing.ts'
import { asked, NOW } from './testing.ts'

/** An answer that its client did not wait for: all of it was paid for nothing. */
const abandoned = Array.from({ length: 40 }, (_, n) => anObservation({ id: `a${n}`, startedAt: T0 + n * 1000, outcome: 'client-aborted', fingerprint: `f${n}`, attribution: { feature: 'chat', session: `s${n}`, traceId: null } }))
const others = Array.from({ length: 100 }, (_, n) => anObservation({ id: `o${n}`, startedAt: T0 + n * 1000 + 500, fingerprint: `g${n}`, attribution: { feature: 'chat', session: `t${n}`, traceId: null } }))

describe('GET /api/v1/insights', () => {
  it('tells what leaked in dollars, with the calls behind it', async () => {
    const get = await asked([...abandoned, ...others])
    const { status, body } = await get('/api/v1/insights')
    expect(status).toBe(200)
    const [finding] = body['findings'] as readonly { readonly id: string; readonly kind: string; readonly lostNanoUsd: string; readonly evidence: readonly string[] }[]
    expect(finding).toMatchObject({ kind: 'abandoned' })
    expect(Number(finding!.lostNanoUsd)).toBeGreaterThan(0)
    expect(finding!.evidence.length).toBeGreaterThan(0)
    for (const id of finding!.evidence) expect(id).toMatch(/^a\d+$/u)
    expect(body).toMatchObject({ calls: 140, to: new Date(NOW).toISOString(), lostNanoUsd: finding!.lostNanoUsd })
    expect((await get(`/api/v1/insights?leak=${encodeURIComponent(finding!.id)}`)).body['findings']).toEqual([finding])
  })

  it('of one that there is not is 404, and another tenant has none', async () => {
    const get = await asked(abandoned)
    expect((await get('/api/v1/insights?leak=nothing')).status).toBe(404)
    expect((await get('/api/v1/insights', 'rival')).body).toMatchObject({ calls: 0, findings: [], spentNanoUsd: '0' })
  })

  it('of more than 92 days is refused', async () => {
    expect((await (await asked([]))('/api/v1/insights?from=93d')).body).toMatchObject({ error: { code: 'invalid_parameter', param: 'from' } })
  })
})
