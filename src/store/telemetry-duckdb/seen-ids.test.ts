import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { idDigest, seenDigest, SeenIds } from './seen-ids.ts'

describe('SeenIds', () => {
  it('has all that was added, over several filters, and nearly nothing else', () => {
    const seen = new SeenIds()
    for (let n = 0; n < 150_000; n++) seen.add(...idDigest('observations', 't', `id-${n}`))
    let missing = 0
    let alarms = 0
    for (let n = 0; n < 150_000; n++) {
      if (!seen.has(...idDigest('observations', 't', `id-${n}`))) missing++
      if (seen.has(...idDigest('observations', 't', `other-${n}`))) alarms++
    }
    expect(missing).toBe(0)
    // 2 in a million a filter are expected.
    expect(alarms).toBeLessThanOrEqual(5)
  })

  it('tells tenants, tables and sides apart', () => {
    const seen = new SeenIds()
    seen.add(...idDigest('observations', 'a', 'x'))
    seen.addSide('a', true)
    expect([seen.has(...idDigest('observations', 'b', 'x')), seen.has(...idDigest('scores', 'a', 'x'))]).toEqual([false, false])
    expect([seen.hasSide('a', true), seen.hasSide('a', false), seen.hasSide('b', true)]).toEqual([true, false, false])
  })

  it('the database makes the same digest of the same text', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    for (const [tenant, id] of [['t', 'call-1'], ['鍵', '🔑 "\n'], ['', '']] as const) {
      const [row] = (await connection.runAndReadAll(`SELECT CAST(digest & 4294967295 AS UINTEGER) AS low, CAST(digest >> 32 AS UINTEGER) AS high FROM (SELECT ${seenDigest('scores')} AS digest FROM (SELECT $1 AS tenant, $2 AS id))`, [tenant, id])).getRowObjects()
      expect([Number(row!['low']) | 0, Number(row!['high']) | 1]).toEqual([...idDigest('scores', tenant, id)])
    }
    connection.closeSync()
  })
})
