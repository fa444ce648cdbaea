import type { Observation } from '../../../core/observation.ts'

export const OTHER = 'other'

export interface GuardCounts {
  /** Distinct names that are kept. */
  readonly names: number
  /** Observations whose name was replaced by `other`. */
  readonly grouped: number
}

interface Known {
  readonly feature: Set<string>
  readonly prompt: Set<string>
  readonly tag: Set<string>
}

/**
 * Keeps features, prompts and tag names to a number of distinct ones a tenant: what comes beyond is grouped as `other`, so that ids
 * which somebody put into a name cannot make the telemetry useless. Users and sessions are ids and are not guarded.
 */
export class NameGuard {
  readonly #most: number
  readonly #tenants = new Map<string, Known>()
  #names = 0
  #grouped = 0

  constructor(most: number) {
    this.#most = most
  }

  guard(one: Observation): Observation {
    const { attribution } = one
    const { feature, prompt, tags } = attribution
    const known = this.#knownOf(one.tenant)
    const newFeature = feature === null || this.#admits(known.feature, feature) ? feature : OTHER
    const newPrompt = prompt === null || this.#admits(known.prompt, prompt) ? prompt : OTHER
    let bad: Set<string> | null = null
    for (const name in tags) if (!this.#admits(known.tag, name)) (bad ??= new Set()).add(name)
    if (newFeature === feature && newPrompt === prompt && bad === null) return one
    this.#grouped++
    const kept = bad === null ? tags : Object.fromEntries(Object.entries(tags).filter(([name]) => !bad.has(name)))
    return { ...one, attribution: { ...attribution, feature: newFeature, prompt: newPrompt, tags: kept } }
  }

  counts(): GuardCounts {
    return { names: this.#names, grouped: this.#grouped }
  }

  #knownOf(tenant: string): Known {
    const known = this.#tenants.get(tenant) ?? { feature: new Set(), prompt: new Set(), tag: new Set() }
    this.#tenants.set(tenant, known)
    return known
  }

  #admits(known: Set<string>, name: string): boolean {
    if (known.has(name)) return true
    if (known.size >= this.#most) return false
    known.add(name)
    this.#names++
    return true
  }
}
