import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { PlanResult } from '../plan-result.ts'
import { plan } from '../plan.ts'
import { demandOf, planInput, sineWeeks } from '../testing.ts'
import { PLAN_RESULT } from './plan-schema.ts'
import { anyResult, exampleResult, hostileResult, HOSTILE } from './testing.ts'

const schema = Compile(PLAN_RESULT)
/** What a reader of the JSON gets: NaN and infinity would have become null, undefined would be gone. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const faults = (value: unknown): string[] => schema.Errors(asJson(value)).map(({ instancePath, message }) => `${instancePath} ${message}`)

describe('the contract of plan --json', () => {
  const cases: Record<string, () => PlanResult> = {
    'two weeks': () => plan(planInput(demandOf(sineWeeks(1, 8, 0.5)), 0.6)),
    'sixty replicas': () => plan(planInput(demandOf(sineWeeks(5, 60, 0.5)), 0.5)),
    'three days': () => plan(planInput(demandOf(sineWeeks(1, 4, 1, 3)), 0.6)),
    'one hour': () => plan(planInput(demandOf([1, 2, 3, 1, 0, 2]), 0.6)),
    'no serverless offer': () => plan(onlyOf('dedicated')),
    'no dedicated offer': () => plan(onlyOf('serverless')),
    'gaps in the recording': () => plan(planInput(demandOf(sineWeeks(1, 8, 0.5), 600, [3, 4, 5]), 0.6)),
    'traffic that was described': () => plan(planInput(demandOf(sineWeeks(1, 8)), 0.6, { traffic: { source: 'described', measured: false, inputTokens: 1e9, outputTokens: 1e8 } })),
    'a current bill': () => plan(planInput(demandOf(sineWeeks(1, 8)), 0.6, { current: { monthlyUsd: 5000, source: 'bill.csv' } })),
  }

  it.each(Object.keys(cases))('holds for a real plan: %s', (name) => {
    expect(faults(cases[name]!())).toEqual([])
  })

  it('holds for the results that the tests of the faces use', () => {
    expect(faults(exampleResult())).toEqual([])
    expect(HOSTILE.flatMap((text) => faults(hostileResult(text)))).toEqual([])
    fc.assert(fc.property(anyResult(), (result) => faults(result).length === 0), { numRuns: 30 })
  })

  it('says the same as the type', () => {
    expectTypeOf<ReadonlyDeep<Static<typeof PLAN_RESULT>>>().toExtend<PlanResult>()
    expectTypeOf<PlanResult>().toExtend<ReadonlyDeep<Static<typeof PLAN_RESULT>>>()
  })

  it.each(leaves(PLAN_RESULT).map((leaf) => [leaf.path, leaf] as const))('misses %s when it is gone', (_, { steps, optional }) => {
    const damaged = asJson(exampleResult({ scenarios: [fullScenario()] })) as Json
    removeAt(damaged, steps)
    expect(schema.Check(damaged)).toBe(optional)
  })

  it.each([
    ['at the top', (json: Json) => Object.assign(json, { extra: 1 })],
    ['in a scenario', (json: Json) => Object.assign((json['scenarios'] as Json[])[0]!, { extra: 1 })],
    ['in a breakdown', (json: Json) => Object.assign((json['scenarios'] as Json[])[0]!['breakdown'] as Json, { extra: 1 })],
  ])('rejects a field that is not in it, %s', (_, damage) => {
    const damaged = asJson(exampleResult()) as Json
    damage(damaged)
    expect(schema.Check(damaged)).toBe(false)
  })

  it.each([
    ['a number that was not finite', { lowerBoundMonthlyUsd: Number.NaN }],
    ['an infinite cost', { optimalityGap: Number.POSITIVE_INFINITY }],
    ['a negative cost', { lowerBoundMonthlyUsd: -1 }],
    ['another version', { schemaVersion: 2 as unknown as 1 }],
  ])('rejects %s', (_, over) => {
    expect(schema.Check(asJson(exampleResult(over)))).toBe(false)
  })
})

describe('docs/plan-json.md', () => {
  const page = readFileSync(new URL('../../../docs/plan-json.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([^`]+)` \| (.*) \| (.*) \|$/gmu)].map(([, path, , meaning]) => `${path}: ${meaning}`)

  it('has every field of the schema with its meaning, and no other', () => {
    expect(rows.sort()).toEqual(leaves(PLAN_RESULT).map(({ path, description }) => `${path}: ${description}`).sort())
  })
})

type Json = Record<string, unknown>
/** Lists of the type are read-only, those of the schema are not. */
type ReadonlyDeep<T> = T extends (infer U)[] ? readonly ReadonlyDeep<U>[] : T extends object ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> } : T

interface Leaf {
  readonly path: string
  readonly steps: readonly string[]
  readonly description: string
  readonly optional: boolean
}

interface Node {
  readonly type?: string
  readonly description?: string
  readonly properties?: Record<string, Node>
  readonly required?: readonly string[]
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly patternProperties?: Record<string, Node>
}

/** Every field below `schema`, with `[]` for list entries and `*` for keys. */
function leaves(schema: TSchema | Node, path = '', steps: readonly string[] = []): Leaf[] {
  const { properties = {}, required = [] } = schema as Node
  return Object.entries(properties).flatMap(([name, field]) => {
    const leaf: Leaf = { path: path + name, steps: steps.concat(name), description: field.description ?? '', optional: !required.includes(name) }
    const inner = field.anyOf?.find(({ type }) => type === 'object') ?? field.items ?? field
    const record = inner.patternProperties === undefined ? undefined : Object.values(inner.patternProperties)[0]
    const [below, mark, step] = record === undefined ? [inner, field.items === undefined ? '.' : '[].', field.items === undefined ? [] : ['0']] : [record, '.*.', ['*']]
    const deeper = leaves(below, leaf.path + mark, [...leaf.steps, ...step])
    return [leaf].concat(deeper)
  })
}

function fullScenario(): PlanResult['scenarios'][number] {
  const [first] = exampleResult().scenarios
  return { ...first!, replicas: { ...first!.replicas, byGpu: { 'h100-80gb': 3 }, hourOfDay: Array.from({ length: 24 }, () => 1) } }
}

function removeAt(json: Json, steps: readonly string[]): void {
  const [last] = steps.slice(-1)
  const parent = steps.slice(0, -1).reduce((node, step) => node[step === '*' ? Object.keys(node)[0]! : step] as Json, json)
  delete parent[last!]
}

function onlyOf(kind: 'dedicated' | 'serverless'): ReturnType<typeof planInput> {
  const input = planInput(demandOf(sineWeeks(1, 4, 0.5)), 0.6)
  return { ...input, replicas: [{ ...input.replicas[0]!, [kind === 'dedicated' ? 'serverless' : 'dedicated']: [] }] }
}
