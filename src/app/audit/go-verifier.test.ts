import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog, openLog } from '../../prove/log/open-log.ts'
import { SIGNER } from '../../prove/log/testing.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { proveEntry } from '../../prove/verify/prove-entry.ts'
import { startSite } from '../auth/testing.ts'
import { logRoutes } from './log-routes.ts'

const SOURCE = fileURLToPath(new URL('../../../verifier/go', import.meta.url))
const asked = process.env['SPILLWAY_GO'] !== undefined
if (asked && spawnSync('go', ['version']).status !== 0) throw new Error('SPILLWAY_GO is set, but there is no Go here: install Go 1.25 or later, or leave it out')

const base = mkdtempSync(join(tmpdir(), 'spillway-go-'))
const program = join(base, 'verify')
afterAll(() => rmSync(base, { recursive: true }))

/** Status and words of the Go program. Tessera's check may wait for ever for a tile that is wrong: then it is ended. */
function verify(places: readonly string[], { timeout = '60s', ...env }: Readonly<Record<string, string>> = {}): Promise<{ readonly status: number | null; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['-key', join(base, 'verifier.key'), '-timeout', timeout, ...places], { env: { ...process.env, ...env } })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, said }))
  })
}

async function logOf(size: number): Promise<string> {
  const folder = join(base, `log-${size}`)
  const options = { folder, privateFolder: `${folder}-private`, signer: SIGNER }
  createLog(options)
  const log = await openLog(options)
  // In commits of odd sizes, so that partial tiles come and go.
  while (log.size < size) log.commit(Array.from({ length: Math.min(40_009, size - log.size) }, (_, n) => Buffer.from(`entry ${log.size + n}`)))
  log.close()
  return folder
}

describe.skipIf(!asked)('libraries of the transparency-log world, in Go (SPILLWAY_GO=1; takes Go and its module proxy)', () => {
  beforeAll(async () => {
    const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: SOURCE, encoding: 'utf8' })
    if (built.status !== 0) throw new Error(built.stderr)
    writeFileSync(join(base, 'verifier.key'), `${SIGNER.verifier.text}\n`)
    await logOf(600)
  }, 300_000)

  it.each([1, 255, 256, 257, 65_536, 65_537, 70_000])('accept a log of %i entries', async (size) => {
    expect(await verify([await logOf(size)])).toMatchObject({ status: 0, said: expect.stringContaining('verified') })
  }, 60_000)

  it.each(['checkpoint', 'tile/0/000', 'tile/0/002.p/88', 'tile/1/000.p/2', 'tile/entries/000', 'tile/entries/002.p/88'])('do not accept one with a byte changed in %s', async (path) => {
    const file = join(base, 'log-600', path)
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.with(Math.floor(bytes.length / 2), bytes.at(Math.floor(bytes.length / 2))! ^ 1))
    const { status, said } = await verify([join(base, 'log-600')], { timeout: '5s' })
    writeFileSync(file, bytes)
    expect([status, said]).toEqual([1, expect.stringContaining('NOT verified')])
  }, 60_000)

  it('accept proofs, and none with a line changed', async () => {
    const folder = await logOf(1000)
    for (const index of [0, 255, 256, 999]) {
      const proof = await proveEntry(directorySource(folder), SIGNER.verifier, index)
      const file = join(base, `${index}.tlog-proof`)
      writeFileSync(file, proof)
      expect(await verify([file])).toMatchObject({ status: 0 })
      const changed = [proof.replace(/^extra ./mu, (text) => `extra ${text.endsWith('Z') ? 'a' : 'Z'}`), proof.replace(/^index \d+$/mu, `index ${(index + 1) % 1000}`), proof.replace(/(?<=^index \d+\n)./mu, (text) => (text === 'A' ? 'B' : 'A')), proof.replace('\n1000\n', '\n1001\n')]
      for (const text of changed) {
        expect(text).not.toBe(proof)
        writeFileSync(file, text)
        expect(await verify([file])).toMatchObject({ status: 1 })
      }
    }
  }, 60_000)

  it('accept the log that the gateway publishes, read with a key', async () => {
    const folder = await logOf(5000)
    const site = await startSite({}, (door) => logRoutes({ door, folder, clock: { now: () => site.now }, append: () => {}, onDefect: (error) => expect.unreachable(String(error)) }))
    expect(await verify([`${site.base}/audit`], { SPILLWAY_AUDIT_KEY: await site.key(['audit']) })).toMatchObject({ status: 0 })
    expect(await verify([`${site.base}/audit`], { SPILLWAY_AUDIT_KEY: await site.key(['read']) })).toMatchObject({ status: 1 })
    await site.close()
  }, 60_000)
})
