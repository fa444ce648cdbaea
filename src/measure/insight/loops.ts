import { BoundedMap } from './bounded-map.ts'
import { Claims } from './claims.ts'
import type { Detector, Suspicion } from './detector.ts'
import type { Subject } from './finding.ts'
import { HistoryLoops } from './history-loops.ts'
import { SameRequestLoops } from './same-request-loops.ts'
import { SessionLoops, type LoopCalls } from './session-loops.ts'
import { subjectText, type Step } from './step.ts'

interface Group {
  readonly number: number
  readonly subject: Subject
  readonly sessions: Set<string>
  calls: number
  sure: boolean
}

const MOST_SESSIONS_COUNTED = 10_000

/** Agent loops, a finding a feature. The first time round is the agent's work; what follows is the leak. */
export function loopDetector(): Detector {
  const groups = new BoundedMap<Group>(10_000, 'refuse')
  const places = new Map<string, Subject>()
  const placeOfSession = new BoundedMap<string>(100_000, 'forget')
  const claims = new Claims()
  const suspicions: Suspicion[] = []
  const take = ({ session, sure, ids }: LoopCalls): void => {
    const place = placeOfSession.get(session) ?? ''
    const subject = places.get(place)
    if (subject === undefined) return
    const group = groups.claim(place, () => ({ number: groups.size, subject, sessions: new Set(), calls: 0, sure: false }))
    if (group === null) return
    group.sure ||= sure
    if (group.sessions.size < MOST_SESSIONS_COUNTED) group.sessions.add(session)
    for (const id of ids) {
      if (claims.of(id) !== undefined) continue
      claims.claim(id, group.number)
      group.calls++
    }
  }
  const byTools = new SessionLoops(take)
  const byRequests = new SameRequestLoops()
  const byHistory = new HistoryLoops(take, (conversation) => byTools.hasSteps(conversation))
  return {
    see(step: Step): void {
      if (step.call && step.one.kind === 'inference') {
        placeOfSession.claim(step.conversation ?? `${step.one.keyId ?? ''}\n${step.one.attribution.user ?? ''}`, () => {
          if (places.size < 20_000) places.set(step.placeKey, step.place)
          return step.placeKey
        })
      }
      byTools.see(step)
      byRequests.see(step)
      byHistory.see(step)
    },
    find() {
      for (const loop of byRequests.find()) take(loop)
      for (const { subject, sessions, calls, sure } of groups.values()) {
        suspicions.push({
          kind: 'loop',
          subject,
          what: `${sessions.size === 1 ? 'An agent' : `${sessions.size} runs of agents`} of ${subjectText(subject)} went round in circles: ${calls} calls after the first time round asked and got the same.`,
          mend: 'Stop the agent when a tool gives the same answer to the same question again, and set loops.action to kill at the gateway.',
          confidence: sure ? 0.9 : 0.5,
          hypothesis: false,
          figures: { sessions: sessions.size, repeatedCalls: calls },
        })
      }
      return suspicions
    },
    mender: () => ({ one }) => {
      const group = claims.of(one.id)
      return group === undefined ? null : { suspicion: suspicions[group]!, load: null }
    },
    limit: () => {
      const forgotten = byTools.forgotten + byRequests.forgotten
      return forgotten === 0 ? claims.limit('calls in loops') : `loops: ${forgotten} sessions were forgotten before their end, the longest unused first`
    },
  }
}
