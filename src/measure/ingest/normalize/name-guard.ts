import type { Observation } from '../../../core/observation.ts'

export const OTHER = 'other'

export interface GuardCounts {
  /** Distinct names that are kept. */
  readonly names: number
  /** Observations whose name was replaced by `other`. */
  readonly grouped: number
}

/**
 * Keeps features, prompts and tag names to a number of distinct ones a tenant: what comes beyond is grouped as `other`, so that ids
 * which somebody put into a name cannot make the telemetry useless. Users and sessions are ids and are not guarded.
 */
export class NameGuard {
  readonly #most: number
  readonly #known = new Map<string, Set<string>>()
  #names = 0
  #grouped = 0

  constructor(most: number) {
    this.#most = most
  }

  guard(one: Observation): Observation {
    const { tenant, attribution } = one
    const { feature, prompt, tags } = attribution
    const newFeature = feature === null || this.#admits(tenant, 'feature', feature) ? feature : OTHER
    const newPrompt = prompt === null || this.#admits(tenant, 'prompt', prompt) ? prompt : OTHER
    const badTags = Object.keys(tags).filter((name) => !this.#admits(tenant, 'tag', name))
    if (newFeature === feature && newPrompt === prompt && badTags.length === 0) return one
    this.#grouped++
    const kept = badTags.length === 0 ? tags : Object.fromEntries(Object.entries(tags).filter(([name]) => !badTags.includes(name)))
    return { ...one, attribution: { ...attribution, feature: newFeature, prompt: newPrompt, tags: kept } }
  }

  counts(): GuardCounts {
    return { names: this.#names, grouped: this.#grouped }
  }

  #admits(tenant: string, field: string, name: string): boolean {
    const key = `${field}\n${tenant}`
    let known = this.#known.get(key)
    if (known === undefined) this.#known.set(key, (known = new Set()))
    if (known.has(name)) return true
    if (known.size >= this.#most) return false
    known.add(name)
    this.#names++
    return true
  }
}
