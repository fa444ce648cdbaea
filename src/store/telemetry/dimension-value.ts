import type { Observation } from '../../core/observation.ts'
import type { Dimension } from '../telemetry.ts'
import { tagOf } from './check-query.ts'

/** What an observation says of a dimension; null = nothing. */
export function dimensionValue(observation: Observation, dimension: Dimension): string | null {
  const tag = tagOf(dimension)
  const { attribution } = observation
  if (tag !== null) return Object.hasOwn(attribution.tags, tag) ? attribution.tags[tag]! : null
  switch (dimension) {
    case 'user':
    case 'feature':
    case 'session':
    case 'prompt':
    case 'promptVersion':
      return attribution[dimension]
    case 'key':
      return observation.keyId
    case 'costStatus':
      return observation.cost.status
    default:
      return observation[dimension as 'modelAsked' | 'modelServed' | 'provider' | 'pool' | 'endpoint' | 'reason' | 'outcome' | 'source' | 'kind' | 'name' | 'fingerprint']
  }
}
