import type { Observation } from '../../core/observation.ts'
import type { Dimension, TelemetryStore } from '../../store/telemetry.ts'

/** Stands for every name beyond the limit. */
export const OTHER = 'other'
/** Distinct names a day of a tenant, of each kind. */
const MOST_NAMES = 1000
/** Days of tenants whose names are held; the one that was not used the longest is forgotten, and recalled when it is needed. */
const MOST_DAYS = 64
const DAY_MS = 86_400_000
const GUARDED = ['feature', 'prompt', 'promptVersion', 'modelAsked', 'name'] as const satisfies readonly Dimension[]

type Names = Readonly<Record<(typeof GUARDED)[number] | 'tag', Set<string>>>

/**
 * Keeps names that clients choose to a number of distinct ones a day of a tenant; what comes beyond is grouped as `other`, so that
 * an id in the wrong place makes no view of a million lines. Users and sessions are ids and are not guarded. What a day has
 * already is recalled from the store, so that a restart does not begin anew.
 */
export class CardinalityGuard {
  readonly #store: Pick<TelemetryStore, 'aggregate'>
  readonly #most: number
  readonly #days = new Map<string, Names>()
  /** Observations that lost a name. */
  grouped = 0

  constructor(store: Pick<TelemetryStore, 'aggregate'>, most: number = MOST_NAMES) {
    this.#store = store
    this.#most = most
  }

  async guard(observation: Observation): Promise<Observation> {
    const names = this.#recent(observation) ?? (await this.#recall(observation))
    const { attribution } = observation
    const [feature, prompt, promptVersion, modelAsked] = [this.#keep(names.feature, attribution.feature), this.#keep(names.prompt, attribution.prompt), this.#keep(names.promptVersion, attribution.promptVersion), this.#keep(names.modelAsked, observation.modelAsked)]
    const name = this.#keep(names.name, observation.name)!
    const tags = Object.entries(attribution.tags)
    const kept = tags.filter(([tag]) => this.#keep(names.tag, tag) === tag)
    if (feature === attribution.feature && prompt === attribution.prompt && promptVersion === attribution.promptVersion && modelAsked === observation.modelAsked && name === observation.name && kept.length === tags.length) return observation
    this.grouped++
    return { ...observation, name, modelAsked, attribution: { ...attribution, feature, prompt, promptVersion, tags: kept.length === tags.length ? attribution.tags : Object.fromEntries(kept) } }
  }

  #keep(known: Set<string>, name: string | null): string | null {
    if (name === null || known.has(name)) return name
    if (known.size >= this.#most) return OTHER
    known.add(name)
    return name
  }

  #recent(observation: Observation): Names | undefined {
    const key = keyOf(observation)
    const names = this.#days.get(key)
    if (names === undefined) return undefined
    // The last used stands last.
    this.#days.delete(key)
    this.#days.set(key, names)
    return names
  }

  async #recall(observation: Observation): Promise<Names> {
    const from = dayOf(observation) * DAY_MS
    const lists = await Promise.all(GUARDED.map((dimension) => this.#store.aggregate(observation.tenant, { from, until: from + DAY_MS, by: [dimension], measures: [], top: { by: 'calls', limit: this.#most } })))
    const recalled = Object.fromEntries(GUARDED.map((dimension, index) => [dimension, new Set(lists[index]!.flatMap(({ group: [name] }) => (name === null || name === undefined || name === OTHER ? [] : [name])))]))
    const names: Names = { ...(recalled as Record<(typeof GUARDED)[number], Set<string>>), tag: new Set() }
    this.#days.set(keyOf(observation), names)
    if (this.#days.size > MOST_DAYS) this.#days.delete(this.#days.keys().next().value!)
    return names
  }
}

function keyOf(observation: Observation): string {
  return `${dayOf(observation)}\n${observation.tenant}`
}

function dayOf({ startedAt }: Observation): number {
  return Math.floor(startedAt / DAY_MS)
}
