const DEEPEST = 16

/**
 * A value that a JSON Schema allows, as far as its usual keywords go: constants and first choices are taken, texts are
 * plain words, lists as short as allowed. Anything else becomes null.
 */
export function exampleOf(schema: unknown, root: unknown = schema, depth = 0): unknown {
  if (!isObject(schema) || depth > DEEPEST) return null
  if (typeof schema['$ref'] === 'string') return exampleOf(resolve(schema['$ref'], root), root, depth + 1)
  if ('const' in schema) return schema['const']
  if (Array.isArray(schema['enum'])) return schema['enum'][0] ?? null
  for (const choice of ['anyOf', 'oneOf', 'allOf']) {
    const choices = schema[choice]
    if (Array.isArray(choices) && choices.length > 0) return exampleOf(choices[0], root, depth + 1)
  }
  const type = Array.isArray(schema['type']) ? schema['type'][0] : (schema['type'] ?? ('properties' in schema ? 'object' : undefined))
  switch (type) {
    case 'object': {
      const properties = isObject(schema['properties']) ? schema['properties'] : {}
      return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, exampleOf(property, root, depth + 1)]))
    }
    case 'array': {
      const least = typeof schema['minItems'] === 'number' ? Math.min(schema['minItems'], 8) : 1
      return Array.from({ length: least }, () => exampleOf(schema['items'], root, depth + 1))
    }
    case 'string':
      return 'bac'.padEnd(typeof schema['minLength'] === 'number' ? Math.min(schema['minLength'], 1000) : 0, 'bac')
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? Math.ceil(schema['minimum']) : 1
    case 'boolean':
      return true
    default:
      return null
  }
}

function resolve(reference: string, root: unknown): unknown {
  let at: unknown = root
  for (const part of reference.replace(/^#\/?/u, '').split('/')) {
    if (part === '') continue
    if (!isObject(at) || !Object.hasOwn(at, part)) return null
    at = at[part]
  }
  return at
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
