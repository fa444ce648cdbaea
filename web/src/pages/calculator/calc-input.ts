import { parsePattern } from '../../../../src/core/described-traffic.ts'

/** What the calculator asks. Numbers are above zero; null = not said. */
export interface CalcInput {
  readonly requestsPerDay: number
  /** In words, as the command line reads it, or 42 hexadecimal digits: the 168 hours of a week that were drawn, Monday first. */
  readonly pattern: string
  readonly model: string
  /** A GPU of the catalog; null = the planner chooses. */
  readonly gpu: string | null
  readonly inputTokens: number
  /** Share of the prompt tokens that a prefix cache has, 0 to 1. */
  readonly cachedShare: number
  readonly outputTokens: number
  /** Seconds to the first token; null = the planner's own target. */
  readonly sloTtft: number | null
  readonly residency: string | null
  /** USD a month that is paid today. */
  readonly current: number | null
  /** USD an hour for a dedicated replica, USD a second for a serverless one, in place of the catalog's. */
  readonly dedicated: number | null
  readonly serverless: number | null
  readonly ops: 'none' | 'serverless' | 'managed' | 'ray-serve' | 'kubernetes'
}

export const DEFAULT_INPUT: CalcInput = {
  requestsPerDay: 50_000,
  pattern: '8-20 weekdays, 10-16 weekends',
  model: 'llama-3.1-8b',
  gpu: null,
  inputTokens: 1200,
  cachedShare: 0,
  outputTokens: 250,
  sloTtft: null,
  residency: null,
  current: null,
  dedicated: null,
  serverless: null,
  ops: 'none',
}

/** Names in the address: short, and never used for anything else later. `v` is the version. */
const VERSION = '1'
const LIMITS = { requestsPerDay: [1, 1e9], inputTokens: [1, 1e6], outputTokens: [1, 1e6], cachedShare: [0, 1], sloTtft: [0.01, 600], current: [1, 1e10], dedicated: [0.001, 1e5], serverless: [1e-7, 100] } as const
const NAMES = { requestsPerDay: 'r', pattern: 'p', model: 'm', gpu: 'g', inputTokens: 'i', cachedShare: 'c', outputTokens: 'o', sloTtft: 't', residency: 'd', current: 'b', dedicated: 'h', serverless: 's', ops: 'x' } as const satisfies Record<keyof CalcInput, string>
const OPS: ReadonlySet<string> = new Set(['none', 'serverless', 'managed', 'ray-serve', 'kubernetes'])

/** Only what differs from the usual, so that an address stays short. */
export function writeInput(input: CalcInput): string {
  const search = new URLSearchParams({ v: VERSION })
  for (const [field, name] of Object.entries(NAMES) as [keyof CalcInput, string][]) {
    const value = input[field]
    if (value !== null && value !== DEFAULT_INPUT[field]) search.set(name, String(value))
  }
  return search.toString()
}

export type NumberName = keyof typeof LIMITS

/** Whether an address can carry this number: a form that takes another one would make addresses that are not read. */
export function isWithin(field: NumberName, value: number): boolean {
  const [least, most] = LIMITS[field]
  return value >= least && value <= most
}

const number = (field: NumberName) => (raw: string): number | undefined => {
  const value = raw.trim() === '' ? Number.NaN : Number(raw)
  return isWithin(field, value) ? value : undefined
}
const name = (raw: string): string | undefined => (/^[\w.-]{1,64}$/u.test(raw) ? raw : undefined)

/** Reads an address. What is not well-formed is the default, and its name is told. */
export function readInput(text: string): { readonly input: CalcInput; readonly dropped: readonly string[] } {
  const search = new URLSearchParams(text)
  const dropped: string[] = []
  if ((search.get('v') ?? VERSION) !== VERSION) return { input: DEFAULT_INPUT, dropped: ['version'] }
  const read = <T>(field: keyof CalcInput, take: (text: string) => T | undefined, usual: T): T => {
    const raw = search.get(NAMES[field])
    if (raw === null) return usual
    const value = take(raw)
    if (value === undefined) dropped.push(field)
    return value ?? usual
  }
  const input: CalcInput = {
    requestsPerDay: read('requestsPerDay', number('requestsPerDay'), DEFAULT_INPUT.requestsPerDay),
    pattern: read('pattern', (raw) => (isPattern(raw) ? raw : undefined), DEFAULT_INPUT.pattern),
    model: read('model', name, DEFAULT_INPUT.model),
    gpu: read<string | null>('gpu', name, null),
    inputTokens: read('inputTokens', number('inputTokens'), DEFAULT_INPUT.inputTokens),
    cachedShare: read('cachedShare', number('cachedShare'), DEFAULT_INPUT.cachedShare),
    outputTokens: read('outputTokens', number('outputTokens'), DEFAULT_INPUT.outputTokens),
    sloTtft: read<number | null>('sloTtft', number('sloTtft'), null),
    residency: read<string | null>('residency', (raw) => (/^[a-z][a-z0-9-]{0,31}$/u.test(raw) ? raw : undefined), null),
    current: read<number | null>('current', number('current'), null),
    dedicated: read<number | null>('dedicated', number('dedicated'), null),
    serverless: read<number | null>('serverless', number('serverless'), null),
    ops: read('ops', (raw) => (OPS.has(raw) ? (raw as CalcInput['ops']) : undefined), DEFAULT_INPUT.ops),
  }
  return { input, dropped }
}

const HEX = /^[0-9a-f]{42}$/u
const HOURS = 168

/** The hours of the week in which there is traffic, Monday first. Throws TRAFFIC_PATTERN_INVALID for words that are no pattern. */
export function weekOf(pattern: string): Uint8Array {
  if (!HEX.test(pattern)) return parsePattern(pattern)
  return Uint8Array.from({ length: HOURS }, (_, hour) => (Number.parseInt(pattern[hour >> 2]!, 16) >> (3 - (hour & 3))) & 1)
}

export function patternOf(week: Uint8Array): string {
  return Array.from({ length: HOURS / 4 }, (_, digit) => ((week[digit * 4]! << 3) | (week[digit * 4 + 1]! << 2) | (week[digit * 4 + 2]! << 1) | week[digit * 4 + 3]!).toString(16)).join('')
}

/** A drawn week has no words of its own. */
export const patternWords = (pattern: string): string => (HEX.test(pattern) ? 'hours of the week as drawn' : pattern)

/** Well-formed, and with at least one hour in it. */
export function isPattern(text: string): boolean {
  if (text.length > 200) return false
  try {
    return weekOf(text).includes(1)
  } catch {
    return false
  }
}
