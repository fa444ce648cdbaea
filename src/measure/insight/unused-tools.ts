import { BoundedMap } from './bounded-map.ts'
import type { Detector, Suspicion } from './detector.ts'
import type { Subject } from './finding.ts'
import { promptTokens, withoutPrompt } from './load.ts'
import { segmentShare, subjectText, type Step } from './step.ts'

/**
 * A tool that was declared so often and never called is called, with 95 % confidence, in fewer than 1 % of the calls: 3 / N (the
 * rule of three; Hanley and Lippman-Hand, JAMA 249, 1983, 1743-1745).
 */
const LEAST_DECLARED = 300
const MOST_PLACES = 5000
const MOST_TOOLS = 256

interface Tool {
  declared: number
  called: number
}

interface Place {
  readonly subject: Subject
  readonly tools: Map<string, Tool>
  /** Only the gateway reads every answer for calls of tools; others may not report them at all. */
  onlyGateway: boolean
  anyCalled: boolean
}

/** Tools that are declared with every call and never called, a finding a place. A tool's tokens are an equal share of all tools'. */
export function unusedToolsDetector(): Detector {
  const places = new BoundedMap<Place>(MOST_PLACES, 'refuse')
  const unused = new Map<string, { readonly suspicion: Suspicion; readonly tools: ReadonlySet<string> }>()
  return {
    see({ one, call, place, placeKey }: Step): void {
      if (!call && one.tool === null) return
      if (one.toolsDeclared.length === 0 && one.tool === null) return
      const own = places.claim(placeKey, () => ({ subject: place, tools: new Map<string, Tool>(), onlyGateway: true, anyCalled: false }))
      if (own === null) return
      if (one.tool !== null) count(own, one.tool.name, 'called')
      if (!call) return
      if (one.source !== 'gateway') own.onlyGateway = false
      for (const name of one.toolsDeclared) count(own, name, 'declared')
      for (const name of one.toolsCalled) count(own, name, 'called')
    },
    find() {
      for (const [key, { subject, tools, onlyGateway, anyCalled }] of places.entries()) {
        if (!onlyGateway && !anyCalled) continue
        const never = [...tools].filter(([, { declared, called }]) => called === 0 && declared >= LEAST_DECLARED).map(([name]) => name)
        if (never.length === 0) continue
        const declared = [...tools.values()].filter((tool) => tool.declared > 0).length
        unused.set(key, {
          tools: new Set(never),
          suspicion: {
            kind: 'unused-tools',
            subject,
            what: `${never.length} of ${declared} tools that ${subjectText(subject)} declares with its calls were never called: ${listed(never)}.`,
            mend: 'Leave these tools out of the request, or declare them only where they can be needed.',
            confidence: 0.9,
            hypothesis: false,
            figures: { unused: never.length, declared, leastDeclared: Math.min(...never.map((name) => tools.get(name)!.declared)) },
          },
        })
      }
      return [...unused.values()].map(({ suspicion }) => suspicion)
    },
    mender: () => ({ one, placeKey, weights }, load) => {
      const own = one.toolsDeclared.length === 0 ? undefined : unused.get(placeKey)
      if (own === undefined) return null
      const share = segmentShare(one.segments, ({ role }) => role === 'tools')
      const never = one.toolsDeclared.filter((name) => own.tools.has(name)).length
      if (share === null || never === 0) return null
      return { suspicion: own.suspicion, load: withoutPrompt(load, promptTokens(load) * share * (never / one.toolsDeclared.length), weights) }
    },
    limit: () => (places.dropped === 0 ? null : `unused tools: ${places.dropped} calls of places beyond ${MOST_PLACES}`),
  }
}

function count(place: Place, name: string, what: keyof Tool): void {
  let tool = place.tools.get(name)
  if (tool === undefined) {
    if (place.tools.size >= MOST_TOOLS) return
    tool = { declared: 0, called: 0 }
    place.tools.set(name, tool)
  }
  tool[what]++
  if (what === 'called') place.anyCalled = true
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ')
  return names.length <= 5 ? shown : `${shown} and ${names.length - 5} more`
}
