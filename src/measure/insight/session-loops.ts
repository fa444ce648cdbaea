import { repetitionAtEnd } from '../../core/detectors/repetition.ts'
import { isWaitingTool } from '../../core/detectors/waiting-tool.ts'
import type { Observation } from '../../core/observation.ts'
import { canonical, hashOf } from '../ingest/normalize/content.ts'
import { BoundedMap } from './bounded-map.ts'
import type { Step } from './step.ts'

const MOST_SESSIONS = 20_000
/** Steps of a session that are remembered. */
const MEMORY = 48
/** The same step so often is a loop ... */
const REPEATS = 3
/** ... but a tool that fails may be tried so often again, as careful clients do ... */
const FAILED_REPEATS = 6
/** ... and where results are not reported, the same question may have had ever new answers. */
const UNKNOWN_REPEATS = 5
/** A gap between two equal steps that is longer than this and mostly idle is waiting: polling, not a loop. */
const IDLE_MS = 5000
/** A pause that ends what went before: who asks the same later asks anew. */
const PAUSE_MS = 600_000
const NO_ARGUMENTS = new Set([hashOf(canonical('')), hashOf(canonical('{}')), hashOf(canonical('[]')), hashOf(canonical('null'))])

interface Memory {
  readonly id: string
  /** Of a tool; null = a call of a model. */
  readonly signature: string | null
  readonly need: number
  readonly at: number
  readonly end: number
  readonly waits: boolean
}

interface Session {
  readonly steps: Memory[]
  /** The signatures that a loop goes round in; null = there is none at present. */
  members: Set<string> | null
  /** Calls since the loop's last step: part of it if it goes on. */
  pending: string[]
  strangers: number
  tools: boolean
}

/** Calls of a model that went for nothing, and the session in which. */
export interface LoopCalls {
  readonly session: string
  /** Whether results were reported: else it is a guess. */
  readonly sure: boolean
  readonly ids: readonly string[]
}

/**
 * Finds agents that go round in circles by what their tools did: the same tool with the same canonical arguments and the same
 * result, three times with little else between, or a cycle such as A-B-A-B. What only looks like it: pages and growing work have
 * other arguments or results, polling waits between its questions, parallel calls of one tool overlap.
 */
export class SessionLoops {
  readonly #sessions = new BoundedMap<Session>(MOST_SESSIONS, 'forget')
  readonly #found: (loop: LoopCalls) => void

  /** `found` is told of a loop's calls as they are known, a loop in several parts. */
  constructor(found: (loop: LoopCalls) => void) {
    this.#found = found
  }

  /** Whether tools of this conversation have reported steps of their own. */
  hasSteps(conversation: string): boolean {
    return this.#sessions.get(conversation)?.tools === true
  }

  get forgotten(): number {
    return this.#sessions.dropped
  }

  see({ one, call, conversation, endedAt }: Step): void {
    if (conversation === null || (!call && one.tool === null)) return
    const session = this.#sessions.claim(conversation, () => ({ steps: [], members: null, pending: [], strangers: 0, tools: false }))!
    const { steps } = session
    if (steps.length > 0 && one.startedAt - steps.at(-1)!.end > PAUSE_MS) {
      steps.length = 0
      session.members = null
    }
    if (call) {
      steps.push({ id: one.id, signature: null, need: 0, at: one.startedAt, end: endedAt, waits: false })
      if (session.members !== null) session.pending.push(one.id)
    } else {
      session.tools = true
      const step = toolMemory(one, endedAt)
      // Of parallel calls of one tool with the same arguments the first counts.
      if (steps.some(({ signature, end }) => signature === step.signature && end > step.at)) return
      steps.push(step)
      this.#tool(conversation, session, step)
    }
    if (steps.length > MEMORY) steps.splice(0, MEMORY / 4)
  }

  #tool(conversation: string, session: Session, step: Memory): void {
    const { members, steps } = session
    if (members !== null) {
      if (members.has(step.signature!)) {
        this.#found({ session: conversation, sure: step.need !== UNKNOWN_REPEATS, ids: session.pending })
        session.pending = []
        session.strangers = 0
        return
      }
      // One other step may be part of it; two are a way out. What follows is new.
      if (++session.strangers < 2) return
      session.members = null
      session.pending = []
      steps.splice(0, steps.length - 2)
      return
    }
    const begin = loopBegin(steps, step)
    if (begin === null) return
    const loop = steps.slice(begin)
    session.members = new Set(loop.filter(({ signature }) => signature !== null).map(({ signature }) => signature!))
    session.strangers = 0
    session.pending = []
    this.#found({ session: conversation, sure: step.need !== UNKNOWN_REPEATS, ids: loop.filter(({ signature }) => signature === null).map(({ id }) => id) })
  }
}

function toolMemory({ id, tool, startedAt, outcome, status }: Observation, end: number): Memory {
  const { name, argumentsHash, resultHash } = tool!
  const failed = outcome !== 'ok' || (status !== null && status >= 400)
  // Without arguments and result nothing says that two steps are the same.
  const alone = resultHash === null && NO_ARGUMENTS.has(argumentsHash)
  const signature = alone ? id : `${name}\n${argumentsHash}\n${resultHash ?? ''}`
  return { id, signature, need: failed ? FAILED_REPEATS : resultHash === null ? UNKNOWN_REPEATS : REPEATS, at: startedAt, end, waits: isWaitingTool(name) }
}

/** Index in `steps` of the step after which all was repetition; null = there is no loop. */
function loopBegin(steps: readonly Memory[], last: Memory): number | null {
  const tools = steps.flatMap(({ signature }, index) => (signature === null ? [] : [index]))
  const signatureOf = (tool: number): string => steps[tools[tool]!]!.signature!
  const { period, times } = repetitionAtEnd(tools.length, (a, b) => signatureOf(a) === signatureOf(b))
  const cycle = tools.slice(tools.length - period * times)
  const strict = last.need > REPEATS || cycle.some((index) => steps[index]!.need > REPEATS)
  const enough = period === 1 || strict ? last.need : 2
  if (times >= enough) return isWaiting(steps, cycle.filter((_, index) => index % period === 0)) ? null : cycle[period - 1]! + 1
  // Not one after the other, but mostly the same and nothing but this tool: another might have changed what it looks at.
  const same = tools.filter((_, tool) => signatureOf(tool) === last.signature).slice(-last.need)
  if (same.length < last.need) return null
  const stretch = tools.filter((index) => index >= same[0]!)
  const alone = stretch.every((index) => nameOf(steps[index]!) === nameOf(last))
  return !alone || same.length * 2 < stretch.length || isWaiting(steps, same) ? null : same[0]! + 1
}

function nameOf({ signature }: Memory): string {
  return signature!.slice(0, signature!.indexOf('\n'))
}

/** Whether the time between these steps was mostly waiting: for something to be ready, not for a model to think. */
function isWaiting(steps: readonly Memory[], same: readonly number[]): boolean {
  let waits = 0
  for (let index = 1; index < same.length; index++) {
    const [from, to] = [same[index - 1]!, same[index]!]
    const between = steps.slice(from, to)
    const gap = steps[to]!.at - steps[from]!.at
    const busy = between.reduce((sum, { at, end }) => sum + Math.min(end, steps[to]!.at) - at, 0)
    if (between.some(({ waits }) => waits) || (gap > IDLE_MS && busy < gap / 2)) waits++
  }
  return 2 * waits > same.length - 1
}
