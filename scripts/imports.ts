import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

/**
 * The house rule as data: what each part of src/ may import. Imports go down only: app -> wings -> store -> core; a
 * wing imports no other wing; what two wings need belongs in core. See docs/architecture.md.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  store: ['core', 'store'],
  measure: ['core', 'store', 'measure'],
  decide: ['core', 'store', 'decide'],
  route: ['core', 'store', 'route'],
  prove: ['core', 'store', 'prove'],
  enginesim: ['core', 'enginesim'],
  app: ['core', 'store', 'measure', 'decide', 'route', 'prove', 'enginesim', 'app'],
}
/** Of src/, what the dashboard may use; its build refuses a Node API behind it. */
const WEB_MAY_IMPORT: ReadonlySet<string> = new Set(['core', 'decide', 'measure'])
/** Parts that run in a browser worker too: no Node API. Tests of theirs may read files. */
const PURE = new Set(['core', 'decide'])
/** Below the edges time and chance are passed in, so that a seed replays a run. */
const EDGES = new Set(['app'])
const AMBIENT = /\b(?:Date\.now|Math\.random|performance\.now)\s*\(|\bnew Date\(\s*\)/u
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/gu

export interface Violation {
  readonly file: string
  readonly line: number
  readonly rule: string
}

/** Checks the source text of one file at `path` (relative to src/, with forward slashes). */
export function checkFile(path: string, text: string): Violation[] {
  const part = path.split('/')[0] ?? ''
  const allowed = MAY_IMPORT[part]
  if (allowed === undefined) return [{ file: path, line: 1, rule: `src/${part} is no part of the house; add it to scripts/imports.ts and docs/architecture.md` }]
  const isTest = path.endsWith('.test.ts') || path.includes('.contract.') || /\/testing(?:-[a-z]+)?\.ts$/u.test(path)
  const violations: Violation[] = []
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    const code = line.replace(/(^|\s)(\/\/|\*|\/\*).*$/u, '')
    for (const match of code.matchAll(IMPORT)) {
      const target = match[1] ?? ''
      const problem = target.startsWith('.') ? crossing(path, part, allowed, target) : isTest ? undefined : foreign(part, target)
      if (problem !== undefined) violations.push({ file: path, line: index + 1, rule: problem })
    }
    if (!EDGES.has(part) && !isTest && AMBIENT.test(code)) violations.push({ file: path, line: index + 1, rule: 'time and chance are passed in below the app; take a Clock or Random' })
  }
  return violations
}

function crossing(path: string, part: string, allowed: readonly string[], target: string): string | undefined {
  const into = relative('.', resolve(dirname(path), target)).split(sep)[0] ?? ''
  if (into === '..' || into === '') return part === 'app' ? undefined : `${part} reaches outside src/: ${target}`
  return allowed.includes(into) ? undefined : `${part} may not import ${into}`
}

function foreign(part: string, target: string): string | undefined {
  if (!PURE.has(part)) return undefined
  return target.startsWith('node:') ? `${part} runs in a browser too and may not import ${target}` : undefined
}

/** Checks every TypeScript file under `folder` (the project's src/). */
export function checkTree(folder: string): Violation[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') || path.endsWith('.tsx'))
    .flatMap((path) => checkFile(path.split(sep).join('/'), readFileSync(join(folder, path), 'utf8')))
}

/** Checks the source text of one file at `path` (relative to web/src/, with forward slashes). Tests compare with the server's own code and may use it. */
export function checkWebFile(path: string, text: string): Violation[] {
  if (/\.test\.tsx?$/u.test(path)) return []
  const depth = path.split('/').length
  return text.split('\n').flatMap((line, index) =>
    [...line.matchAll(IMPORT)].flatMap(([, target = '']) => {
      const ups = /^(?:\.\.\/)+/u.exec(target)?.[0].length ?? 0
      if (ups / 3 <= depth - 1) return []
      const [root = '', part = ''] = target.slice(ups).split('/')
      const allowed = root === 'src' ? WEB_MAY_IMPORT.has(part) : root === 'catalog'
      return allowed ? [] : [{ file: `web/src/${path}`, line: index + 1, rule: `the dashboard may import core, decide, measure and the catalog, not ${target.slice(ups)}` }]
    }),
  )
}

/** Checks every file under `folder` (the dashboard's web/src/). */
export function checkWebTree(folder: string): Violation[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') || path.endsWith('.tsx'))
    .flatMap((path) => checkWebFile(path.split(sep).join('/'), readFileSync(join(folder, path), 'utf8')))
}
