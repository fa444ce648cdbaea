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

/** The series whose first label values led here, and those that go on from it. */
interface Node<State> {
  readonly next: Map<string, Node<State>>
  state: State | null
}

/**
 * Counters and histograms by label values. prom-client's own hash the labels anew on every call, some microseconds for the eight
 * updates of a call; these go from value to value, each of which has its hash already.
 */
class Table<State> {
  readonly #root: Node<State> = { next: new Map(), state: null }
  readonly #states: { readonly labels: readonly string[]; readonly state: State }[] = []
  readonly #fresh: () => State
  readonly description: Description

  constructor(description: Description, fresh: () => State) {
    this.description = description
    this.#fresh = fresh
  }

  at(labels: readonly string[]): State {
    let node: Node<State> | undefined = this.#root
    for (let index = 0; index < labels.length && node !== undefined; index++) node = node.next.get(labels[index]!)
    return node?.state ?? this.#add(this.#states.length < (this.description.maxSeries ?? MAX_SERIES) ? labels : labels.map(() => OTHER))
  }

  clear(): void {
    this.#root.next.clear()
    this.#states.length = 0
  }

  *entries(): Generator<readonly [Record<string, string>, State]> {
    for (const { labels, state } of this.#states) yield [Object.fromEntries(this.description.labels.map((name, index) => [name, labels[index] ?? ''])), state]
  }

  #add(labels: readonly string[]): State {
    let node = this.#root
    for (const label of labels) {
      const known = node.next.get(label)
      const next = known ?? { next: new Map(), state: null }
      if (known === undefined) node.next.set(label, next)
      node = next
    }
    if (node.state === null) this.#states.push({ labels, state: (node.state = this.#fresh()) })
    return node.state
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
