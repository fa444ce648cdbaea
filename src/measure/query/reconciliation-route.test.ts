import { describe, expect, it } from 'vitest'
import { anObservation, T0 } from '../../store/telemetry/testing.ts'
import { asked } from './testing.ts'

const DEDICATED = [
  { id: 'floor', nanoUsdPerHour: '1234567891', replicas: 3 },
  { id: 'other', nanoUsdPerHour: '1000000000', replicas: 1 },
]
const call = (id: string, keyId: string | null, nanoUsd: string, parts: Parameters<typeof anObservation>[0] = {}) => anObservation({ id, keyId, ...parts, cost: { nanoUsd, status: 'estimated' } })
const world = [call('1', 'a', '1000000001'), call('2', 'b', '500000000'), call('3', 'a', '7', { startedAt: T0 + 60_000 }), call('4', null, '3'), call('5', 'a', '9000000000', { pool: 'spill' }), call('6', 'a', '9000000000', { startedAt: T0 - 1 })]

interface Part {
  readonly cents: number
  readonly usd: string
}
interface Pool {
  readonly billUsd: string
  readonly rows: readonly Part[]
  readonly other: Part
  readonly otherTenants: Part
  readonly idle: Part
}

describe('/api/v1/reconciliation', () => {
  it('a pool at what it costs now: what its calls used, what stood idle, the bill to the cent', async () => {
    const ask = await asked(world, [], { dedicated: DEDICATED })
    const { body } = await ask('/api/v1/reconciliation?from=1h&pool=floor&top=2')
    expect(body['pools']).toEqual([
      {
        pool: 'floor',
        replicas: 3,
        billUsd: '3.7',
        billFrom: 'configuration',
        rows: [
          { group: 'a', usd: '1.000000008', cents: 100, share: expect.closeTo(0.27027, 4) },
          { group: 'b', usd: '0.5', cents: 50, share: expect.closeTo(0.1351, 3) },
        ],
        other: { usd: '0.000000003', cents: 0, share: expect.closeTo(0, 6) },
        otherTenants: { usd: '0', cents: 0, share: 0 },
        idle: { usd: '2.199999989', cents: 220, share: expect.closeTo(0.5946, 3) },
        overrunUsd: '0',
      },
    ])
  })

  it('every pool adds up, by any dimension, to any bill', async () => {
    const ask = await asked(world, [], { dedicated: DEDICATED })
    for (const search of ['from=1h', 'from=30d&by=model', 'from=1h&by=tag:team&top=1', 'from=1h&pool=floor&bill=1.17', 'from=1h&pool=floor&bill=0', 'from=1h&pool=floor&bill=1432.805']) {
      const { status, body } = await ask(`/api/v1/reconciliation?${search}`)
      expect(status).toBe(200)
      for (const { billUsd, rows, other, otherTenants, idle } of body['pools'] as Pool[]) {
        const parts = [...rows, other, otherTenants, idle]
        const bill = Math.round(Number(billUsd) * 100)
        expect(parts.reduce((sum, { cents }) => sum + cents, 0)).toBe(bill)
        expect(parts.reduce((sum, { usd }) => sum + BigInt(Math.round(Number(usd) * 1e9)), 0n)).toBe(BigInt(bill) * 10_000_000n)
      }
    }
  })

  it('a bill that is less than what was used is borne in proportion, and said', async () => {
    const ask = await asked(world, [], { dedicated: DEDICATED })
    const { body } = await ask('/api/v1/reconciliation?from=1h&pool=floor&bill=1')
    expect(body['pools']).toMatchObject([{ billFrom: 'given', rows: [{ cents: 67 }, { cents: 33 }, { cents: 0 }], idle: { cents: 0, usd: '0' }, overrunUsd: '0.500000011' }])
  })

  it('a pool that other tenants use: an administrator is told how much they do, others are refused', async () => {
    const shared = [...world, call('7', 'z', '700000000', { tenant: 'rival' })]
    const search = '/api/v1/reconciliation?from=1h&pool=floor'
    expect(await (await asked(shared, [], { dedicated: DEDICATED }))(search)).toMatchObject({ status: 403, body: { error: { code: 'pool_shared' } } })
    const { body } = await (await asked(shared, [], { dedicated: DEDICATED, admin: true }))(search)
    expect(body['pools']).toMatchObject([{ otherTenants: { cents: 70 }, idle: { cents: 150 } }])
    expect(JSON.stringify(body)).not.toContain('rival')
  })

  it.each([
    ['pool=nowhere', 404, 'not_found'],
    ['bill=5', 400, 'invalid_parameter'],
    ['pool=floor&bill=-5', 400, 'invalid_parameter'],
    ['by=user,key', 400, 'invalid_parameter'],
    ['by=tenant', 400, 'invalid_parameter'],
  ])('%s: %i', async (search, status, code) => {
    const ask = await asked(world, [], { dedicated: DEDICATED })
    expect(await ask(`/api/v1/reconciliation?${search}`)).toMatchObject({ status, body: { error: { code } } })
  })
})
