import { isCollection, isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import { SpillwayError, type Place } from '../../core/errors.ts'

/** Steps to a value; a step `{ key }` at the end means the key itself rather than its value. */
export type Path = readonly (string | number | { readonly key: string })[]

/** The text of a YAML file with its value and the place of every value in it. */
export interface YamlSource {
  readonly file: string
  readonly value: unknown
  /** See `offsetOf`. */
  readonly locate: (path: Path) => { readonly offset: number; readonly place: Place }
}

const MAX_CHARS = 1024 * 1024
/** Nodes that aliases may multiply to; a bomb of nested aliases is cut here. */
const MAX_ALIASES = 1000

/**
 * Parses one YAML 1.2 document. Throws CONFIG_INVALID with line and column for text that is no YAML, several documents, keys
 * given twice, keys that are no plain text, and bombs of aliases or of nesting. The text itself is never quoted: it may hold secrets.
 */
export function parseYaml(text: string, file: string): YamlSource {
  if (text.length > MAX_CHARS) throw new SpillwayError('CONFIG_INVALID', 'is longer than 1 MiB', 'Check that this is the configuration', { file })
  const lines = new LineCounter()
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, row: line, column: String(col) }
  }
  const document = parse(text, lines, file)
  const [error] = document.errors
  if (error !== undefined) throw new SpillwayError('CONFIG_INVALID', `is no YAML that Spillway reads: ${yamlMessage(error.code)}`, 'Check indentation, colons and quotes at this place', at(error.pos[0]))
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch {
    throw new SpillwayError('CONFIG_INVALID', 'has an alias that cannot be followed, or far too many of them', 'Write the values out', { file })
  }
  return {
    file,
    value: value ?? {},
    locate: (path) => {
      const offset = offsetOf(document, path)
      return { offset, place: at(offset) }
    },
  }
}

function parse(text: string, lines: LineCounter, file: string): Document.Parsed {
  try {
    return parseDocument(text.replace(/^\ufeff/u, ''), { lineCounter: lines, prettyErrors: false, stringKeys: true, merge: false, logLevel: 'error' })
  } catch {
    // The parser recurses; a hundred thousand brackets exhaust its stack.
    throw new SpillwayError('CONFIG_INVALID', 'is nested too deeply', 'Check that this is the configuration', { file })
  }
}

const MESSAGES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'a key is there twice',
  MULTIPLE_DOCS: 'there is more than one document (---)',
  NON_STRING_KEY: 'a key is no plain text',
  TAB_AS_INDENT: 'a tab is used for indentation',
  BAD_INDENT: 'the indentation is wrong',
  MISSING_CHAR: 'a character is missing',
  BAD_ALIAS: 'an alias is wrong',
  MULTILINE_IMPLICIT_KEY: 'a key spans lines, or a colon is missing',
  UNEXPECTED_TOKEN: 'something stands here that does not belong here',
}

function yamlMessage(code: string): string {
  return MESSAGES[code] ?? code.toLowerCase().replaceAll('_', ' ')
}

/** Of a plain value its own place, of a map or list the place of its key; where there is none, of the nearest thing around it. */
function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const step of path) {
    if (!isCollection(node)) break
    if (isMap(node)) {
      const name = typeof step === 'object' ? step.key : String(step)
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === name)
      if (pair === undefined) break
      offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
      node = pair.value
      if (isScalar(node) && typeof step !== 'object') offset = node.range?.[0] ?? offset
      continue
    }
    const item: unknown = node.items[Number(step)]
    if (!isNode(item)) break
    offset = item.range?.[0] ?? offset
    node = item
  }
  return offset
}
