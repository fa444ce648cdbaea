import type { Scope } from '../span.ts'
import type { Facts } from './facts.ts'
import { usualReading } from './reads.ts'
import { usageOfJson } from './usage-json.ts'
import { type NormalizedUsage, normalizeUsage, type ReportedUsage } from './usage.ts'

/** Usage as the attributes report it, made disjoint; null = none was reported. `raw` of the facts gets what was in JSON. */
export function usageOf(facts: Facts, scope: Scope): NormalizedUsage | null {
  const json = objectOf(facts.value('usageJson'))
  const fromJson = json === null ? null : usageOfJson(json)
  if (fromJson !== null) {
    for (const [name, value] of fromJson.raw) facts.raw(name, value)
    return normalizeUsage(fromJson.reported, fromJson.reads)
  }
  const metadata = anthropicWrites(facts)
  const reported: ReportedUsage = {
    input: facts.number('input'),
    cacheRead: facts.number('cacheRead'),
    cacheWrite: facts.number('cacheWrite') ?? metadata,
    audioInput: facts.number('audioInput'),
    imageInput: facts.number('imageInput'),
    output: facts.number('output'),
    reasoning: facts.number('reasoning'),
    audioOutput: facts.number('audioOutput'),
    total: facts.number('total'),
  }
  if (reported.input === null && reported.output === null && reported.cacheRead === null) return null
  return normalizeUsage(reported, usualReading(scope))
}

/** US dollars that the client reckoned itself; null = none. */
export function reportedCost(facts: Facts): number | null {
  const json = objectOf(facts.value('costJson'))
  const total = json?.['total']
  const cost = typeof total === 'number' ? total : facts.number('reportedCost')
  return cost !== null && cost >= 0 && cost < 1e6 ? cost : null
}

/** AI SDK: Anthropic's cache writes stand only in the provider's metadata, as JSON. */
function anthropicWrites(facts: Facts): number | null {
  const text = facts.value('providerMetadata')
  if (typeof text !== 'string' || !text.includes('cache_creation_input_tokens')) return null
  const usage = objectIn(objectIn(objectOf(text), 'anthropic'), 'usage')
  const written = usage?.['cache_creation_input_tokens']
  return typeof written === 'number' ? written : null
}

type Json = Readonly<Record<string, unknown>>

function objectIn(json: Json | null, name: string): Json | null {
  const value = json?.[name]
  return isObject(value) ? value : null
}

function objectOf(value: unknown): Json | null {
  if (typeof value !== 'string') return isObject(value) ? value : null
  if (value.length > 65_536) return null
  try {
    const parsed: unknown = JSON.parse(value)
    return isObject(parsed) ? parsed : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
