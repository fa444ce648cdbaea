import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { BodyRecord } from '../../prove/bodies/kept-body.ts'
import { memoryControl } from '../../store/control/memory.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { createAudit } from './audit-home.ts'
import { bodiesFolder, startBodies } from './start-bodies.ts'

const DAY_MS = 86_400_000

const note = (): void => {}

it('bodies that are older than they are to be kept are removed, in whole files; younger ones stay', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'spillway-old-bodies-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  createAudit(dataDir, 'example.com/audit')
  let [days, scheduled, turn] = [0, 0, (): void => {}]
  const { keeper, stop } = await startBodies({
    dataDir,
    store: memoryControl(),
    settings: { maxBytes: 1000, redact: [], keepMs: 30 * DAY_MS },
    append: note,
    clock: { now: () => Date.now() + days * DAY_MS },
    log: { info: note, warn: note, error: note },
    later: (work) => {
      turn = work
      scheduled++
      return note
    },
  })
  /** A turn of what removes is over when the next is due. */
  const turned = async (): Promise<void> => {
    const before = scheduled
    turn()
    await vi.waitFor(() => expect(scheduled).toBeGreaterThan(before), { timeout: 30_000 })
  }
  const files = (): number => readdirSync(bodiesFolder(dataDir)).filter((name) => name.endsWith('.journal')).length
  const keep = (call: string): void => void keeper.keep({ id: call, tenant: 'acme', user: 'maria', at: 0, request: Buffer.from('ask'), response: Buffer.from('answer'), truncated: false })
  keep('old')
  await vi.waitFor(() => expect(files()).toBe(1), { timeout: 30_000 })
  await vi.waitFor(async () => expect(await kept(dataDir)).toEqual(['old']), { timeout: 30_000 })
  // A day later its file is ended; after the time it goes, and what came since does not.
  days = 2
  await turned()
  keep('young')
  await vi.waitFor(async () => expect([files(), await kept(dataDir)]).toEqual([2, ['old', 'young']]), { timeout: 30_000 })
  days = 31
  await turned()
  expect([files(), await kept(dataDir)]).toEqual([1, ['young']])
  await stop()
})

async function kept(dataDir: string): Promise<string[]> {
  const calls: string[] = []
  for await (const { record } of journalReader(bodiesFolder(dataDir)).read(0)) if ((record as { readonly kind: string }).kind === 'body') calls.push((record as BodyRecord).call)
  return calls
}
