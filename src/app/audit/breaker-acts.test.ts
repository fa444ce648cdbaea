import { expect, it } from 'vitest'
import type { PolicySnapshot } from '../../core/policy/types.ts'
import { encodeLeaf } from '../../prove/leaf/leaf.ts'
import { BreakerWatch } from './breaker-acts.ts'

const snapshot = (...breakers: ('closed' | 'open' | 'half-open')[]): PolicySnapshot => ({
  waiting: 0,
  pools: [{ id: 'floor', inFlight: 0, saturation: 0, saturated: false, endpoints: breakers.map((breaker, n) => ({ id: `e${n}`, inFlight: 0, up: true, breaker, scrapedAt: null, metrics: null })) }],
})

it('a breaker that opens and one that closes are an act each, once; a probe between is none', () => {
  const watch = new BreakerWatch()
  const looks = [snapshot('closed', 'closed'), snapshot('open', 'closed'), snapshot('half-open', 'closed'), snapshot('open', 'open'), snapshot('closed', 'open')].map((one) => watch.look(one, 0))
  expect(looks.map((leaves) => leaves.map((leaf) => (leaf.leaf === 'breaker' ? `${leaf.pool}/${leaf.endpoint} ${leaf.state}` : leaf.leaf)))).toEqual([[], ['floor/e0 open'], [], ['floor/e1 open'], ['floor/e0 closed']])
  for (const leaf of looks.flat()) expect(encodeLeaf(leaf).length).toBeGreaterThan(0)
})
