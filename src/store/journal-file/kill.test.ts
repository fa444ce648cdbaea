import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { all } from '../journal.contract.ts'
import { openJournal } from './open-journal.ts'
import { journalReader } from './read-journal.ts'

/** More for a soak: SPILLWAY_KILLS=500 vitest run kill */
const ROUNDS = Number(process.env['SPILLWAY_KILLS'] ?? 10)
const CHILD = fileURLToPath(new URL('testing-child.ts', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'spillway-kill-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Runs the writing child and kills it (SIGKILL) after so many bytes of output. Gives the last number that it promised. */
function runAndKill(folder: string, first: number, afterBytes: number, ...more: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, folder, String(first), ...more], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.length >= afterBytes) child.kill('SIGKILL')
    })
    child.on('error', reject)
    // A number that was not printed to its end was not promised.
    child.on('close', () => resolve(Number(output.split('\n').at(-2) ?? first)))
  })
}

interface Found {
  readonly numbers: number[]
  readonly gaps: { reason: string; lost: number | null }[]
}

async function found(folder: string): Promise<Found> {
  const records = (await all(journalReader(folder), 0)).map(({ record }) => record as { n?: number; text?: string; kind?: string; reason: string; lost: number | null })
  const numbers = records.filter(({ kind }) => kind === undefined)
  for (const { n = 0, text } of numbers) expect(text).toBe('x'.repeat((n * 7) % 300))
  return { numbers: numbers.map(({ n = 0 }) => n), gaps: records.filter(({ kind }) => kind === 'gap') }
}

describe('kill -9 in mid-write', () => {
  it(`${ROUNDS} times: every promised record is there, once, in order; nothing is invented; every crash leaves a gap record`, async () => {
    const folder = join(root, 'written')
    const random = seededRandom(20_261_125)
    let expected: number[] = []
    let next = 0
    for (let round = 0; round < ROUNDS; round++) {
      const promised = await runAndKill(folder, next, 1 + Math.floor(random() * 150))
      const { numbers, gaps } = await found(folder)
      const fresh = numbers.slice(expected.length)
      expect(numbers.slice(0, expected.length)).toEqual(expected)
      expect(fresh).toEqual(Array.from({ length: fresh.length }, (_, index) => next + index))
      expect(next + fresh.length).toBeGreaterThanOrEqual(promised)
      expect(gaps).toHaveLength(round)
      expected = numbers
      next = (numbers.at(-1) ?? -1) + 1
    }
    // A clean end after all that leaves no gap behind.
    for (let round = 0; round < 2; round++) await (await openJournal({ folder, clock: { now: () => 2000 } })).close()
    const { numbers, gaps } = await found(folder)
    expect(numbers).toEqual(expected)
    expect(gaps).toHaveLength(ROUNDS)
    expect(gaps.every(({ reason, lost }) => reason === 'crash' && lost === null)).toBe(true)
  }, 20_000 + 5000 * ROUNDS)
})

describe('kill -9 while old segments are removed', () => {
  it(`${ROUNDS} times: what is left is one piece up to the last promised record, readable from any position`, async () => {
    const folder = join(root, 'removed')
    const random = seededRandom(7)
    let next = 0
    let removed = 0
    for (let round = 0; round < ROUNDS; round++) {
      const promised = await runAndKill(folder, next, 30 + Math.floor(random() * 200), '2000', '10000')
      const { numbers, gaps } = await found(folder)
      const [first = -1] = numbers
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => first + index))
      expect(numbers.at(-1)).toBeGreaterThanOrEqual(promised - 1)
      expect(gaps.filter(({ reason }) => reason !== 'crash')).toEqual([])
      const positions = (await all(journalReader(folder), 0)).map(({ position }) => position)
      expect((await all(journalReader(folder), positions[Math.floor(random() * positions.length)]!)).at(-1)).toMatchObject({ record: { n: numbers.at(-1) } })
      removed = first
      next = numbers.at(-1)! + 1
    }
    expect(removed).toBeGreaterThan(0)
  }, 20_000 + 5000 * ROUNDS)
})
