import { usdText } from './usd-text.ts'
import type { Catalog } from './types.ts'

/** The catalog as plain JSON of the file format, so that what a command prints can be given back as a file. */
export function catalogJson(catalog: Partial<Catalog>): Record<string, unknown> {
  return plain(catalog) as Record<string, unknown>
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return usdText(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}
