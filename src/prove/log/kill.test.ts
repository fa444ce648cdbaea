import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import { directorySource } from '../tiles/tile-source.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { createLog, openLog } from './open-log.ts'
import { SIGNER } from './testing.ts'

const CHILD = fileURLToPath(new URL('testing-child.ts', import.meta.url))
const ROUNDS = Number(process.env['SPILLWAY_KILLS'] ?? 10)
const base = mkdtempSync(join(tmpdir(), 'spillway-audit-kill-'))
const options = { folder: join(base, 'log'), privateFolder: join(base, 'private'), signer: SIGNER }
afterAll(() => rmSync(base, { recursive: true }))

/** Runs the writing child and kills it (SIGKILL) after so many bytes of output. Gives the last number that it promised. */
function runAndKill(afterBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, options.folder, options.privateFolder], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.length >= afterBytes) child.kill('SIGKILL')
    })
    child.on('error', reject)
    // A number that was not printed to its end was not promised.
    child.on('close', () => resolve(Number(output.split('\n').at(-2) ?? 0)))
  })
}

describe('kill -9 in mid-write', () => {
  it(`${ROUNDS} times: every promised entry is there, once, in order; the log goes on from each checkpoint that was seen`, async () => {
    const random = seededRandom(20_261_125)
    createLog(options)
    let kept: Buffer | undefined
    for (let round = 0; round < ROUNDS; round++) {
      const promised = await runAndKill(1 + Math.floor(random() * 150))
      const log = await openLog(kept === undefined ? options : { ...options, remembered: [kept] })
      expect(log.size).toBeGreaterThanOrEqual(promised)
      expect(log.cursor).toBe(String(log.size))
      log.close()
      const entries: string[] = []
      const report = await verifyLog({ source: directorySource(options.folder), log: SIGNER.verifier, onEntry: (entry) => entries.push(entry.toString()) })
      expect(report).toMatchObject({ size: log.size, problems: [] })
      expect(entries).toEqual(Array.from({ length: log.size }, (_, n) => `entry ${n}`))
      kept = readFileSync(join(options.folder, 'checkpoint'))
    }
  }, 20_000 + 5000 * ROUNDS)
})
