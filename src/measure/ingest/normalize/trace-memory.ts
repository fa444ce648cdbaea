import type { Observation } from '../../../core/observation.ts'
import { settleTrace } from './settle-trace.ts'

/** A trace of more than this is settled by its newest spans alone. */
const MOST_OF_A_TRACE = 2000

/** An observation as it came, and as it was told last; null = not yet. */
interface Known {
  own: Observation
  told: Observation | null
}

/** By id. */
type Trace = Map<string, Known>

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
    let last: Observation | null = null
    let trace: Trace | null = null
    for (const one of observations) {
      const { traceId } = one.attribution
      if (traceId === null) {
        news.push(one)
        continue
      }
      // Spans of a trace mostly come side by side.
      if (trace === null || last?.attribution.traceId !== traceId || last.tenant !== one.tenant) trace = this.#traceOf(`${one.tenant}\n${traceId}`, touched)
      last = one
      this.#put(trace, one)
    }
    for (const trace of touched.values()) {
      const all = [...trace.values()]
      for (const [index, settled] of settleTrace(all.map(({ own }) => own)).entries()) {
        const known = all[index]!
        // Settled with the same result as before: nothing to tell.
        if (known.told !== null && same(known.told, settled)) continue
        known.told = settled
        news.push(settled)
      }
    }
    this.#forget()
    return news
  }

  #traceOf(key: string, touched: Map<string, Trace>): Trace {
    const here = touched.get(key)
    if (here !== undefined) return here
    const trace = this.#traces.get(key) ?? new Map<string, Known>()
    // Seen last = forgotten last.
    this.#traces.delete(key)
    this.#traces.set(key, trace)
    touched.set(key, trace)
    return trace
  }

  #put(trace: Trace, one: Observation): void {
    this.#size += weightOf(one)
    const known = trace.get(one.id)
    if (known !== undefined) {
      this.#size -= weightOf(known.own)
      known.own = one
      known.told = null
      return
    }
    trace.set(one.id, { own: one, told: null })
    if (trace.size <= MOST_OF_A_TRACE) return
    const [id, { own }] = trace.entries().next().value!
    trace.delete(id)
    this.#size -= weightOf(own)
  }

  #forget(): void {
    for (const [key, trace] of this.#traces) {
      if (this.#size <= this.#most) return
      this.#traces.delete(key)
      for (const { own } of trace.values()) this.#size -= weightOf(own)
    }
  }
}

/** An observation of a long prompt or of many tools counts for several. */
function weightOf({ segments, toolsDeclared, toolsCalled }: Observation): number {
  return 1 + Math.floor((segments.length + toolsDeclared.length + toolsCalled.length) / 32)
}

/** Whether two settled forms of one observation are the same: settling touches only these. */
function same(a: Observation, b: Observation): boolean {
  if (a === b) return true
  if (a.billable !== b.billable) return false
  const { attribution: x } = a
  const { attribution: y } = b
  return x.user === y.user && x.session === y.session && x.feature === y.feature && x.prompt === y.prompt && x.promptVersion === y.promptVersion && Object.keys(x.tags).length === Object.keys(y.tags).length
}
