/** A sample in the form that prom-client's registry prints. */
interface Value {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  readonly metricName?: string
}

/** What a prom-client registry needs of a metric. */
export interface Printable {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly get: () => Promise<{ readonly name: string; readonly help: string; readonly type: string; readonly aggregator: 'sum'; readonly values: readonly Value[] }>
  readonly reset: () => void
}

/** Most series of one metric; what comes beyond counts under `other`, so that no input grows the memory. */
const MAX_SERIES = 1000
const OTHER = 'other'

interface Description {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly maxSeries?: number
}

/**
 * Counters and histograms by label values. prom-client's own hash the labels anew on every call, some microseconds for the eight
 * updates of a call; these look a joined string up.
 */
class Table<State> {
  readonly #states = new Map<string, { readonly labels: readonly string[]; readonly state: State }>()
  readonly #fresh: () => State
  readonly description: Description

  constructor(description: Description, fresh: () => State) {
    this.description = description
    this.#fresh = fresh
  }

  at(labels: readonly string[]): State {
    const key = labels.join('\0')
    const known = this.#states.get(key)
    if (known !== undefined) return known.state
    if (this.#states.size < (this.description.maxSeries ?? MAX_SERIES)) return this.#add(key, labels)
    const others = labels.map(() => OTHER)
    const otherKey = others.join('\0')
    return this.#states.get(otherKey)?.state ?? this.#add(otherKey, others)
  }

  clear(): void {
    this.#states.clear()
  }

  *entries(): Generator<readonly [Record<string, string>, State]> {
    for (const { labels, state } of this.#states.values()) yield [Object.fromEntries(this.description.labels.map((name, index) => [name, labels[index] ?? ''])), state]
  }

  #add(key: string, labels: readonly string[]): State {
    const state = this.#fresh()
    this.#states.set(key, { labels, state })
    return state
  }
}

export interface Counter extends Printable {
  readonly add: (by: number, labels: readonly string[]) => void
}

export function counter(description: Description): Counter {
  const table = new Table(description, () => ({ value: 0 }))
  return {
    ...printable(description, 'counter', () => [...table.entries()].map(([labels, { value }]) => ({ labels, value })), () => table.clear()),
    add: (by, labels) => {
      table.at(labels).value += by
    },
  }
}

export interface Histogram extends Printable {
  readonly observe: (value: number, labels: readonly string[]) => void
}

/** `bounds` ascending; +Inf is added. */
export function histogram(description: Description & { readonly bounds: readonly number[] }): Histogram {
  const { bounds, name } = description
  const table = new Table(description, () => ({ counts: new Float64Array(bounds.length + 1), sum: 0 }))
  const values = (): Value[] => {
    const all: Value[] = []
    for (const [labels, { counts, sum }] of table.entries()) {
      let total = 0
      for (const [index, count] of counts.entries()) {
        total += count
        all.push({ metricName: `${name}_bucket`, labels: { ...labels, le: bounds[index] ?? '+Inf' }, value: total })
      }
      all.push({ metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: total })
    }
    return all
  }
  return {
    ...printable(description, 'histogram', values, () => table.clear()),
    observe: (value, labels) => {
      const state = table.at(labels)
      const index = bounds.findIndex((bound) => value <= bound)
      const slot = index === -1 ? bounds.length : index
      state.counts[slot] = state.counts[slot]! + 1
      state.sum += value
    },
  }
}

/** Values that are read when somebody asks. */
export function gauge(description: Description, read: () => readonly (readonly [value: number, labels: readonly string[]])[], type: 'gauge' | 'counter' = 'gauge'): Printable {
  return printable(description, type, () => read().map(([value, labels]) => ({ value, labels: Object.fromEntries(description.labels.map((name, index) => [name, labels[index] ?? ''])) })), () => {})
}

function printable({ name, help }: Description, type: Printable['type'], values: () => readonly Value[], reset: () => void): Printable {
  return { name, help, type, get: () => Promise.resolve({ name, help, type, aggregator: 'sum', values: values() }), reset }
}
