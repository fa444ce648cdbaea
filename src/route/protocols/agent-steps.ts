import type { Api } from '../../core/call.ts'
import { repetitionAtEnd } from '../../core/detectors/repetition.ts'
import { isWaitingTool } from '../../core/detectors/waiting-tool.ts'
import { isObject, type Json } from './json.ts'

/** How the end of an agent's history repeats: the last tool with the same arguments and the same result, alone or in a cycle. */
export interface RepeatedSteps {
  readonly tool: string
  /** So often in a row; a cycle of several steps counts once a round. */
  readonly times: number
  readonly period: number
  /** What repeats, for telling it from other repetitions of the same session. */
  readonly signature: string
}

interface Step {
  readonly tool: string
  readonly args: unknown
  readonly result: unknown
  readonly failed: boolean
}

/** Steps that are looked back at, and turns in which they may stand. */
const MOST_STEPS = 32
const MOST_TURNS = 256
const MOST_NAME = 64
const MOST_ARGUMENTS = 2000

/**
 * What repeats at the end of a request's own history, since its last human turn: an agent's history grows, so that no two of its
 * requests are the same, but a loop stands in each of them. Looks from the end and stops at the first difference; texts are compared,
 * not hashed. Null = nothing repeats, or it waits in between. Results that the client marks as errors count half: a tool that fails
 * may be tried again.
 */
export function repeatedSteps(api: Api, json: Json): RepeatedSteps | null {
  const turns = api === 'responses' ? json['input'] : json['messages']
  if (!Array.isArray(turns) || turns.length < 4) return null
  // From the last to the first.
  const steps = api === 'responses' ? stepsOfItems(turns) : stepsOfTurns(turns)
  if (steps.length < 2) return null
  const { period, times } = repetitionAtEnd(steps.length, (a, b) => areSame(steps[steps.length - 1 - a]!, steps[steps.length - 1 - b]!))
  const [last] = steps
  if (times < 2 || steps.slice(0, period).some(({ tool }) => isWaitingTool(tool))) return null
  return { tool: last!.tool.slice(0, MOST_NAME), times: last!.failed ? Math.ceil(times / 2) : times, period, signature: `${last!.tool}\n${textOf(last!.args).slice(0, MOST_ARGUMENTS)}` }
}

interface Result {
  readonly content: unknown
  readonly failed: boolean
}

/** Messages of chat and of Anthropic, whose results stand in turns of the user. */
function stepsOfTurns(turns: readonly unknown[]): Step[] {
  const steps: Step[] = []
  const results = new Map<unknown, Result>()
  for (let index = turns.length - 1; index >= Math.max(0, turns.length - MOST_TURNS) && steps.length < MOST_STEPS; index--) {
    const turn = turns[index]
    if (!isObject(turn)) return steps
    if (turn['role'] === 'tool') results.set(turn['tool_call_id'], { content: turn['content'], failed: false })
    else if (turn['role'] === 'user') {
      if (!takeResults(turn['content'], results)) return steps
    } else if (turn['role'] === 'assistant') addCalls(turn, results, steps)
  }
  return steps
}

/** False where no result stands in it: a person speaks. */
function takeResults(content: unknown, results: Map<unknown, Result>): boolean {
  if (!Array.isArray(content)) return false
  let taken = false
  for (const part of content as readonly unknown[]) {
    if (!isObject(part) || part['type'] !== 'tool_result') continue
    results.set(part['tool_use_id'], { content: part['content'], failed: part['is_error'] === true })
    taken = true
  }
  return taken
}

function addCalls({ tool_calls: calls, content }: Json, results: ReadonlyMap<unknown, Result>, steps: Step[]): void {
  const first = steps.length
  for (const call of listed(calls)) if (isObject(call['function'])) add(steps, first, call['function']['name'], call['function']['arguments'], results.get(call['id']))
  for (const part of listed(content)) if (part['type'] === 'tool_use') add(steps, first, part['name'], part['input'], results.get(part['id']))
}

/** Items of the Responses API. */
function stepsOfItems(items: readonly unknown[]): Step[] {
  const steps: Step[] = []
  const results = new Map<unknown, Result>()
  for (let index = items.length - 1; index >= Math.max(0, items.length - MOST_TURNS) && steps.length < MOST_STEPS; index--) {
    const item = items[index]
    if (!isObject(item) || item['role'] === 'user') return steps
    if (item['type'] === 'function_call_output') results.set(item['call_id'], { content: item['output'], failed: false })
    else if (item['type'] === 'function_call') add(steps, steps.length, item['name'], item['arguments'], results.get(item['call_id']))
  }
  return steps
}

/** Adds a step whose result is there. Of equal calls of one turn the first counts: they were made at once. */
function add(steps: Step[], first: number, tool: unknown, args: unknown, result: Result | undefined): void {
  if (typeof tool !== 'string' || result === undefined) return
  const step = { tool, args, result: result.content, failed: result.failed }
  for (let index = first; index < steps.length; index++) if (areSame(steps[index]!, step)) return
  steps.push(step)
}

function areSame(a: Step, b: Step): boolean {
  return a.tool === b.tool && sameContent(a.result, b.result) && sameContent(a.args, b.args)
}

/** Whether two values of JSON are equal, ends at the first difference. The depth of a body is limited before. */
function sameContent(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, index) => sameContent(one, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameContent(a[key], b[key]))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function listed(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isObject) : []
}
