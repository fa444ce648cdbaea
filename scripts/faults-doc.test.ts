import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const TEXT = readFileSync(at('docs/faults.md'), 'utf8')
/** Tests that the page names: file, and part of a title. */
const NAMED = [...TEXT.matchAll(/`(\S+\.test\.ts)`: (.+?)(?: \|$|\)\. |\n)/gmu)].map((match) => [match[1]!, match[2]!] as const)
const DEFECTS = [...TEXT.matchAll(/^\| (\d+) \|/gmu)].map((match) => Number(match[1]))

/** Whether a text stands in a string of a test file: in a title, or in a row of its table. */
function namesTest(source: string, title: string): boolean {
  return source.split('\n').some((line) => {
    const place = line.indexOf(title)
    return place > 0 && /\b(?:it|describe)\b.*\(|^\s*(?:\]|\]\s*as const)?\)?\(?\[?['"`]/u.test(line) && /['"`]/u.test(line.slice(0, place))
  })
}

describe('docs/faults.md', () => {
  it('names tests at all', () => {
    expect(NAMED.length).toBeGreaterThan(60)
    expect(TEXT.match(/\.test\.ts`/gu)!.length).toBe(NAMED.length + 1)
  })

  it.each(NAMED)('%s has a test "%s"', (file, title) => {
    expect(existsSync(at(file))).toBe(true)
    expect(namesTest(readFileSync(at(file), 'utf8'), title)).toBe(true)
  })

  it('a test that is not there is noticed', () => {
    const source = readFileSync(at('src/route/gateway/abort.test.ts'), 'utf8')
    expect(namesTest(source, 'before its body')).toBe(true)
    expect(namesTest(source, 'before its third body')).toBe(false)
    expect(namesTest(source, 'heldUpstream')).toBe(false)
  })

  it('holds all eighteen defects of peers, in order', () => {
    expect(DEFECTS).toEqual(Array.from({ length: 18 }, (_, index) => index + 1))
  })
})
