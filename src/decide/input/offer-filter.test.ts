import { describe, expect, it } from 'vitest'
import type { Offer } from '../../core/catalog/types.ts'
import { filterOffers, liesIn } from './offer-filter.ts'
import { offer } from './testing.ts'

const offers: readonly Offer[] = [offer({ id: 'a', provider: 'one', region: 'eu-central-1' }), offer({ id: 'b', provider: 'one', region: null }), offer({ id: 'c', provider: 'two', region: 'us-east-1' }), offer({ id: 'd', provider: 'own', region: null, own: true })]
const ids = (list: readonly Offer[]): string[] => list.map(({ id }) => id)

describe('filterOffers', () => {
  it('keeps all without limits', () => {
    expect(filterOffers(offers, { providers: null, residency: null })).toEqual({ kept: offers, warnings: [] })
  })

  it('residency keeps what states a region there, and what the user vouches for', () => {
    const { kept, warnings } = filterOffers(offers, { providers: null, residency: 'eu' })
    expect(ids(kept)).toEqual(['a', 'd'])
    expect(warnings).toEqual([expect.stringContaining('1 offers state no region')])
  })

  it('providers are exact', () => {
    expect(ids(filterOffers(offers, { providers: ['two', 'tw'], residency: null }).kept)).toEqual(['c'])
  })
})

describe('liesIn', () => {
  it.each([
    ['eu-central-1', 'eu'], ['europe-west4', 'eu'], ['westeurope', 'eu'], ['francecentral', 'eu'], ['eu', 'EU'],
    ['us-east-1', 'us'], ['us-central1', 'us'], ['eastus', 'us'], ['westus2', 'us'], ['us-east-1', 'us-east-1'], ['ap-south-1', 'ap'],
  ])('%s lies in %s', (region, wanted) => {
    expect(liesIn(region, wanted)).toBe(true)
  })

  it.each([['us-east-1', 'eu'], ['eu-central-1', 'us'], ['eu-central-1', 'eu-west-1'], ['australiaeast', 'us'], ['eurasia-1', 'eu'], ['eu-west-2', 'eu'], ['europe-west6', 'eu'], ['us-east-1', 'us-east-10'], ['us-east-10', 'us-east-1']])('%s does not lie in %s', (region, wanted) => {
    expect(liesIn(region, wanted)).toBe(false)
  })
})
