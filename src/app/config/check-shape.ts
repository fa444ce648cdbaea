import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Check } from 'typebox/value'
import { nearestName } from './nearest-name.ts'
import type { Problems } from './problems.ts'
import { CONFIG_FILE, type ConfigFile } from './schema.ts'
import type { Path } from './yaml-source.ts'

/** The parts of JSON Schema that the configuration's schema uses. */
interface Node {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly anyOf?: readonly Node[]
  readonly const?: unknown
  /** Ours: the field holds a reference to a secret. */
  readonly secret?: boolean
}

type Fields = Readonly<Record<string, unknown>>

let compiled: { readonly Check: (value: unknown) => boolean } | undefined

/** The value as a ConfigFile, or null with every fault added to `problems`. The schema decides; the walk explains. */
export function checkShape(value: unknown, problems: Problems): ConfigFile | null {
  compiled ??= Compile(CONFIG_FILE)
  if (compiled.Check(value)) return value as ConfigFile
  explain(CONFIG_FILE as unknown as Node, value, [], problems)
  if (problems.list().length === 0) problems.add([], 'does not have the shape of a configuration', 'See docs/spillway.schema.json')
  return null
}

function explain(node: Node, value: unknown, path: Path, problems: Problems): void {
  if (node.anyOf !== undefined) {
    const chosen = choose(node.anyOf, value)
    if (chosen === undefined) misplaced(node, path, problems)
    else explain(chosen.description === undefined ? { ...chosen, ...(node.description === undefined ? {} : { description: node.description }) } : chosen, value, path, problems)
  } else if (node.type === 'object') {
    if (isFields(value)) explainFields(node, value, path, problems)
    else misplaced(node, path, problems)
  } else if (node.type === 'array') {
    if (!Array.isArray(value) || value.length < (node.minItems ?? 0) || value.length > (node.maxItems ?? Infinity)) misplaced(node, path, problems)
    else for (const [index, item] of value.entries()) explain(node.items!, item, [...path, index], problems)
  } else if (!Check(node as unknown as TSchema, value)) {
    if (node.secret === true && typeof value === 'string') problems.add(path, 'is a literal or no reference to a secret', `Give ${node.description}; secrets do not belong in this file`, 'CONFIG_SECRET_LITERAL')
    else misplaced(node, path, problems)
  }
}

function explainFields(node: Node, value: Fields, path: Path, problems: Problems): void {
  const size = Object.keys(value).length
  if (size < (node.minProperties ?? 0) || size > (node.maxProperties ?? Infinity)) misplaced(node, path, problems)
  const anyField = Object.values(node.patternProperties ?? {})[0]
  const known = node.properties ?? {}
  for (const [name, field] of Object.entries(value)) {
    const schema = Object.hasOwn(known, name) ? known[name] : anyField
    if (schema === undefined) problems.add([...path, { key: name }], 'is no setting that Spillway knows', unknownMend(name, Object.keys(known)))
    else explain(schema, field, [...path, name], problems)
  }
  for (const name of node.required ?? []) {
    if (!Object.hasOwn(value, name)) problems.add([...path, name], 'is missing', `Give ${known[name]?.description ?? 'it'}`)
  }
}

function unknownMend(name: string, known: readonly string[]): string {
  const near = nearestName(name, known)
  return near === null ? `Use ${known.join(', ')}` : `Did you mean ${near}?`
}

function misplaced(node: Node, path: Path, problems: Problems): void {
  problems.add(path, 'is not what belongs here', `Give ${node.description ?? (node.const === undefined ? 'a value as in docs/spillway.schema.json' : `"${String(node.const)}"`)}`)
}

/** The alternative whose constant field (`type`, `rule`) the value has, else the only one of the value's JSON type. */
function choose(alternatives: readonly Node[], value: unknown): Node | undefined {
  const kind = jsonType(value)
  const fitting = alternatives.filter((node) => {
    const type = node.type ?? (node.const === undefined ? '' : jsonType(node.const))
    return type === kind || (type === 'integer' && kind === 'number')
  })
  if (fitting.length === 1) return fitting[0]
  return isFields(value) ? fitting.find(({ properties }) => Object.entries(properties ?? {}).some(([name, property]) => property.const !== undefined && Object.hasOwn(value, name) && value[name] === property.const)) : undefined
}

function jsonType(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

function isFields(value: unknown): value is Fields {
  return jsonType(value) === 'object'
}
