import { describe, expect, it } from 'vitest'
import { eligiblePools, isWithin } from './eligible.ts'
import { call, pool, serverless, tokens } from './testing.ts'

describe('isWithin', () => {
  it.each([
    ['eu', 'eu', true],
    ['eu-central-1', 'eu', true],
    ['EU-Central-1', 'eu', true],
    ['eu', 'eu-central-1', false],
    ['eu-central-1', 'eu-central', true],
    ['eureka-1', 'eu', false],
    ['europe-west1', 'eu', false],
    ['us-east-1', 'eu', false],
    [null, 'eu', false],
    ['eu', '', false],
    ['', '', false],
  ])('a pool in %s for a call that stays in %s: %s', (region, residency, expected) => {
    expect(isWithin(region, residency)).toBe(expected)
  })
})

describe('eligiblePools', () => {
  const pools = [pool({ id: 'eu', region: 'eu-west-1' }), serverless({ id: 'cloud' }), tokens({ id: 'other', models: ['n'] })]
  it('keeps the order of the configuration', () => {
    expect(eligiblePools(pools, call())).toEqual([pools[0], pools[1]])
  })

  it('says which rule leaves nothing', () => {
    expect(eligiblePools(pools, call({ model: 'x' }))).toBe('no-model')
    expect(eligiblePools(pools, call({ model: 'constructor' }))).toBe('no-model')
    expect(eligiblePools(pools, call({ residency: 'us' }))).toBe('no-residency')
    expect(eligiblePools(pools, call({ model: 'n', residency: 'eu' }))).toBe('no-residency')
    expect(eligiblePools(pools, call({ model: 'n', priority: 'realtime' }))).toBe('no-realtime')
  })

  it('a call with a residency never goes where the region is not stated', () => {
    expect(eligiblePools(pools, call({ residency: 'eu' }))).toEqual([pools[0]])
  })

  it('a realtime call goes to pools that are always warm', () => {
    expect(eligiblePools(pools, call({ priority: 'realtime' }))).toEqual([pools[0]])
  })
})
