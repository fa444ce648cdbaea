import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { SpillwayError } from '../errors.ts'

/** Where a value stands: the file and the steps to it, such as `['offers', 3, 'card']`. */
export interface Position {
  readonly file: string
  readonly path: readonly (string | number)[]
}

/** CATALOG_INVALID at `position`, with the place as `offers[3].card.perGpuHour`. */
export function invalid(position: Position, message: string, mend: string): SpillwayError {
  const column = position.path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')
  return new SpillwayError('CATALOG_INVALID', message, mend, { file: position.file, ...(column === '' ? {} : { column }) })
}

/**
 * A check of values against `schema` that is compiled at its first use. The check returns the value, typed, or throws
 * CATALOG_INVALID that names the first bad field and, in the words of its description, what belongs there.
 */
export function shape<T extends TSchema>(schema: T): (value: unknown, position: Position) => Static<T> {
  let compiled: { Check: (value: unknown) => boolean; Errors: (value: unknown) => readonly Fault[] } | undefined
  return (value, position) => {
    compiled ??= Compile(schema)
    if (compiled.Check(value)) return value as Static<T>
    throw fault(compiled.Errors(value), schema, position)
  }
}

interface Fault {
  readonly keyword: string
  readonly instancePath: string
  readonly params: object
}

function fault(faults: readonly Fault[], schema: TSchema, position: Position): SpillwayError {
  const first = faults[0] ?? { keyword: 'type', instancePath: '', params: {} }
  const steps = first.instancePath.split('/').slice(1).map((step) => unescape(step))
  const at = { file: position.file, path: [...position.path, ...steps] }
  if (first.keyword === 'required') {
    const missing = (first.params as { requiredProperties: readonly string[] }).requiredProperties[0] ?? ''
    return invalid({ ...at, path: [...at.path, missing] }, 'is missing', `Add it: give ${describe(schema, [...steps, missing])}`)
  }
  // An unknown field is reported as "schema is false" at its own place.
  if (first.keyword === 'boolean') return invalid(at, 'is no field that Spillway knows', 'Check the spelling or remove it')
  return invalid(at, 'is not what belongs here', `Give ${describe(schema, steps)}`)
}

/** JSON pointer escapes; digits stay text, which reads the same in the place. */
function unescape(step: string): string | number {
  return /^\d+$/u.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')
}

interface Node {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly const?: unknown
  readonly type?: string
}

function describe(schema: TSchema, steps: readonly (string | number)[]): string {
  let node: Node | undefined = schema as Node
  let words = node.description
  for (const step of steps) {
    const parts: readonly Node[] = node?.anyOf ?? (node === undefined ? [] : [node])
    node = parts.map((part) => (typeof step === 'number' ? part.items : part.properties && Object.hasOwn(part.properties, step) ? part.properties[step] : undefined)).find((part) => part !== undefined)
    words = node?.description ?? (node?.const === undefined ? undefined : `"${String(node.const)}"`) ?? words
  }
  return words ?? (node?.type === undefined ? 'a value as in catalog/schema.json' : `${node.type === 'object' || node.type === 'array' ? 'an' : 'a'} ${node.type}`)
}
