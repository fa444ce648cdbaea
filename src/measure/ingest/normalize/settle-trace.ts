import type { Attribution } from '../../../core/call.ts'
import type { Observation } from '../../../core/observation.ts'

/** Deeper than any real trace; also ends circles. */
const DEEPEST = 256
const MOST_TAGS = 16

/**
 * Settles what the observations of one trace say together:
 * - Only leaves are billed: an inference or embedding that has another with usage below it repeats what that one reports.
 * - What an observation does not say of user, session, feature and prompt it has from its nearest ancestor that does; tags likewise,
 *   each name for itself.
 * Pure and repeatable: parents often end, and arrive, after their children, so it is run again with all that is known when more
 * comes. Returns the same objects where nothing changed, in the same order.
 */
export function settleTrace(trace: readonly Observation[]): readonly Observation[] {
  if (trace.length === 1 && trace[0]!.attribution.parentSpanId === null) return trace
  const bySpan = new Map<string, Observation>()
  for (const one of trace) if (one.spanId !== null) bySpan.set(one.spanId, one)
  const aggregates = new Set<string>()
  for (const one of trace) {
    if (!isCall(one) || one.usageSource === 'none') continue
    // An ancestor that is marked already has had its own ancestors marked.
    walkUp(one, bySpan, (ancestor) => {
      if (aggregates.has(ancestor.spanId!)) return false
      aggregates.add(ancestor.spanId!)
      return true
    })
  }
  return trace.map((one) => {
    const billable = isCall(one) && (one.spanId === null || !aggregates.has(one.spanId))
    const attribution = inherited(one, bySpan)
    return billable === one.billable && attribution === one.attribution ? one : { ...one, billable, attribution }
  })
}

function isCall({ kind }: Observation): boolean {
  return kind === 'inference' || kind === 'embedding'
}

function inherited(one: Observation, bySpan: ReadonlyMap<string, Observation>): Attribution {
  let { attribution } = one
  walkUp(one, bySpan, (ancestor) => {
    const { user, session, feature, prompt, promptVersion, tags } = ancestor.attribution
    const missing = missingFrom(attribution.tags, tags)
    const news = (attribution.user === null && user !== null) || (attribution.session === null && session !== null) || (attribution.feature === null && feature !== null) || (attribution.prompt === null && prompt !== null)
    if (!news && missing === null) return true
    attribution = {
      ...attribution,
      user: attribution.user ?? user,
      session: attribution.session ?? session,
      feature: attribution.feature ?? feature,
      prompt: attribution.prompt ?? prompt,
      // A version belongs to its prompt.
      promptVersion: attribution.prompt === null ? promptVersion : attribution.promptVersion,
      tags: missing === null ? attribution.tags : { ...attribution.tags, ...missing },
    }
    return true
  })
  return attribution
}

/** Tags of `others` that `own` does not have, as far as there is room; null = none. */
function missingFrom(own: Attribution['tags'], others: Attribution['tags']): Record<string, string> | null {
  let missing: Record<string, string> | null = null
  let room = -1
  for (const name in others) {
    if (Object.hasOwn(own, name)) continue
    if (room === -1) room = MOST_TAGS - Object.keys(own).length
    if (room <= 0) break
    room--
    missing ??= {}
    missing[name] = others[name]!
  }
  return missing
}

/** Visits the ancestors from the nearest up, until `visit` says false. */
function walkUp(from: Observation, bySpan: ReadonlyMap<string, Observation>, visit: (ancestor: Observation) => boolean): void {
  let parent = from.attribution.parentSpanId
  for (let depth = 0; parent !== null && depth < DEEPEST; depth++) {
    const ancestor = bySpan.get(parent)
    if (ancestor === undefined || ancestor === from || !visit(ancestor)) return
    parent = ancestor.attribution.parentSpanId
  }
}
