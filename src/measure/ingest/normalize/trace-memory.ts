import type { Observation } from '../../../core/observation.ts'
import { settleTrace } from './settle-trace.ts'

/** A trace of more than this is settled by its newest spans alone. */
const MOST_OF_A_TRACE = 2000

interface Trace {
  readonly own: Map<string, Observation>
  readonly told: Map<string, Observation>
}

/**
 * Settles traces whose spans come in several requests, as they do from every client that sends children before their parents. It
 * remembers the traces seen last, up to a number of observations; what it has forgotten, whoever reads all of a trace can
 * settle again with `settleTrace`.
 */
export class TraceMemory {
  readonly #most: number
  readonly #traces = new Map<string, Trace>()
  #size = 0

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#size
  }

  /** The observations as they now are: the new ones, and earlier ones that the new ones change. A later one of an id replaces the earlier. */
  add(observations: readonly Observation[]): Observation[] {
    const news: Observation[] = []
    const touched = new Map<string, Trace>()
    for (const one of observations) {
      const { traceId } = one.attribution
      if (traceId === null) news.push(one)
      else this.#put(`${one.tenant}\n${traceId}`, one, touched)
    }
    for (const { own, told } of touched.values()) {
      const all = [...own.values()]
      for (const [index, settled] of settleTrace(all).entries()) {
        const before = told.get(settled.id)
        const source = all[index]!
        if (before !== undefined && before === settled) continue
        // Settled anew with the same result: nothing to tell.
        if (before !== undefined && settled !== source && same(before, settled)) continue
        told.set(settled.id, settled)
        news.push(settled)
      }
    }
    this.#forget()
    return news
  }

  #put(key: string, one: Observation, touched: Map<string, Trace>): void {
    let trace = touched.get(key)
    if (trace === undefined) {
      trace = this.#traces.get(key) ?? { own: new Map(), told: new Map() }
      // Seen last = forgotten last.
      this.#traces.delete(key)
      this.#traces.set(key, trace)
      touched.set(key, trace)
    }
    if (!trace.own.has(one.id)) this.#size++
    trace.own.set(one.id, one)
    if (trace.own.size <= MOST_OF_A_TRACE) return
    const oldest = trace.own.keys().next().value!
    trace.own.delete(oldest)
    trace.told.delete(oldest)
    this.#size--
  }

  #forget(): void {
    for (const [key, { own }] of this.#traces) {
      if (this.#size <= this.#most) return
      this.#traces.delete(key)
      this.#size -= own.size
    }
  }
}

/** Whether two settled forms of one observation are the same: settling touches only these. */
function same(a: Observation, b: Observation): boolean {
  if (a.billable !== b.billable || a.usage !== b.usage || a.cost !== b.cost) return false
  const { attribution: x } = a
  const { attribution: y } = b
  return x.user === y.user && x.session === y.session && x.feature === y.feature && x.prompt === y.prompt && x.promptVersion === y.promptVersion && Object.keys(x.tags).length === Object.keys(y.tags).length
}
