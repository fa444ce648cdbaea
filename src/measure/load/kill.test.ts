import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import { seededRandom } from '../../core/random.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { openDuckdbTelemetry } from '../../store/telemetry-duckdb/open-duckdb.ts'
import { aCall } from './testing.ts'

/** More for a soak: SPILLWAY_KILLS=50 vitest run kill */
const ROUNDS = Number(process.env['SPILLWAY_KILLS'] ?? 8)
const CHILD = fileURLToPath(new URL('testing-child.ts', import.meta.url))
const DAY = 86_400_000
const START = Math.floor(1_795_593_600_000 / DAY) * DAY
const root = mkdtempSync(join(tmpdir(), 'spillway-load-kill-'))
const [journal, folder] = [join(root, 'journal'), join(root, 'telemetry')]
afterAll(() => rmSync(root, { recursive: true }))

/** Runs the loading child and kills it (SIGKILL) after so many steps, or when it has loaded all. Says whether it had. */
function runAndKill(afterSteps: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, folder, journal, String(START + 3 * DAY)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.length >= afterSteps || output.includes('e')) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', () => resolve(output.includes('e')))
  })
}

describe('kill -9 while loading', () => {
  it(`${ROUNDS} times, in any step: every call is there once, in the end and at every start`, async () => {
    // Four days, so that loading and sealing meet; 40 transactions a round.
    const calls = Array.from({ length: 24 * ROUNDS }, (_, n): CallRecord => aCall({ id: `call-${n}`, arrivedAt: START + (n % 4) * DAY + n, cost: { ...aCall().cost, nanoUsd: String(n) } }))
    const writer = await openJournal({ folder: journal, clock: { now: () => START } })
    for (const call of calls) writer.append(call)
    await writer.close()
    const random = seededRandom(20_261_125)
    for (let round = 0; round < ROUNDS; round++) await runAndKill(Math.floor(random() * 4))
    while (!(await runAndKill(Infinity)));
    const store = await openDuckdbTelemetry({ folder, memoryMb: 128 })
    try {
      const [row] = await store.aggregate('default', { from: 0, until: 4e12, by: [], measures: ['calls', 'costNanoUsd'] })
      expect(row!.values).toEqual({ calls: calls.length, costNanoUsd: String((calls.length * (calls.length - 1)) / 2) })
      const { observations, repeated, sealedDays } = await store.stats()
      expect({ observations, repeated, sealedDays }).toEqual({ observations: calls.length, repeated: 0, sealedDays: 3 })
      // Nothing half done is left beside what counts.
      expect(readdirSync(folder).filter((name) => name.includes('.parquet'))).toHaveLength(3)
    } finally {
      await store.close()
    }
  }, 180_000 + 5000 * ROUNDS)
})
