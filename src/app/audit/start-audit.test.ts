import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { decodeLeaf } from '../../prove/leaf/leaf.ts'
import { openCheckpoint } from '../../prove/note/checkpoint.ts'
import { newSigningKey, parseSigningKey } from '../../prove/note/keys.ts'
import { parsePolicy } from '../../prove/note/policy.ts'
import { WITNESS_KEY } from '../../prove/note/testing.ts'
import { directorySource } from '../../prove/tiles/tile-source.ts'
import { verifyLog } from '../../prove/verify/verify-log.ts'
import { NO_STATE, Witness } from '../../prove/witness/witness.ts'
import { type FileJournal, openJournal } from '../../store/journal-file/open-journal.ts'
import { journalFolder } from '../config/data-folder.ts'
import { callOf } from '../../core/testing.ts'
import { serveWitness } from '../witness/serve-witness.ts'
import { auditFolder, createAudit, readAudit } from './audit-home.ts'
import { type AuditOptions, type RunningAudit, startAudit } from './start-audit.ts'

function dataDir(): string {
  const data = mkdtempSync(join(tmpdir(), 'spillway-audit-thread-'))
  onTestFinished(() => rmSync(data, { recursive: true }))
  return data
}

interface Running {
  readonly journal: FileJournal
  readonly audit: RunningAudit
  readonly lines: string[]
}

async function start(data: string, remember: string | null = null, witnesses: AuditOptions['witnesses'] = []): Promise<Running> {
  const lines: string[] = []
  const note = (_: object, line: string): void => void lines.push(line)
  const journal = await openJournal({ folder: journalFolder(data), clock: { now: () => 1000 } })
  try {
    return { journal, lines, audit: await startAudit({ dataDir: data, remember, witnesses, quorum: witnesses.length, durable: () => journal.stats().bytes, log: { info: note, warn: note, error: note } }) }
  } catch (error) {
    await journal.close()
    throw error
  }
}

async function stop({ journal, audit }: Running): Promise<void> {
  await journal.close()
  await audit.stop()
}

async function leaves(data: string): Promise<string[]> {
  const found: string[] = []
  const { problems } = await verifyLog({
    source: directorySource(auditFolder(data)),
    log: readAudit(data).log.signer.verifier,
    onEntry: (entry) => {
      const leaf = decodeLeaf(entry)
      found.push(leaf.leaf === 'call' ? leaf.id : leaf.leaf)
    },
  })
  expect(problems).toEqual([])
  return found
}

const calls = (round: number): string[] => Array.from({ length: 300 }, (_, n) => `${round}-${n}`)

describe('the thread that sequences', () => {
  it('has every call in the log when it stops, once, over restarts; each checkpoint is kept elsewhere too', async () => {
    const data = dataDir()
    const remember = join(data, 'kept')
    createAudit(data, 'example.com/audit')
    for (const round of [1, 2]) {
      const running = await start(data, remember)
      for (let n = 0; n < 300; n++) running.journal.append(callOf({ id: `${round}-${n}` }))
      await stop(running)
      expect(running.lines).toEqual([])
    }
    expect(await leaves(data)).toEqual(['log-started', 'config', ...calls(1), 'log-stopped', 'log-started', ...calls(2), 'log-stopped'])
    expect(readFileSync(remember)).toEqual(readFileSync(join(auditFolder(data), 'checkpoint')))
  })

  it('says up to where the journal is in the log', async () => {
    const data = dataDir()
    createAudit(data, 'example.com/audit')
    const running = await start(data)
    expect(running.audit.position()).toBe(0)
    running.journal.append(callOf())
    await running.journal.flush()
    expect(running.journal.stats().bytes).toBeGreaterThan(0)
    await vi.waitFor(() => expect(running.audit.position()).toBe(running.journal.stats().bytes), { timeout: 30_000 })
    await stop(running)
  })

  it('has witnesses sign what it publishes; one that is away holds up nothing, and is said once', async () => {
    const data = dataDir()
    const { log } = createAudit(data, 'example.com/audit')
    const stateFile = join(data, 'witness.state')
    writeFileSync(stateFile, NO_STATE)
    const signer = parseSigningKey(WITNESS_KEY, { now: () => 1_764_000_000n })
    const served = await serveWitness(new Witness({ signer, logs: [log.signer.verifier], stateFile }), { host: '127.0.0.1', port: 0, onAnswer: () => {} })
    const away = parseSigningKey(newSigningKey('away.example/w', Buffer.alloc(32, 5), true), { now: () => 0n })
    const running = await start(data, join(data, 'kept'), [
      { key: signer.verifier.text, url: `http://127.0.0.1:${served.port}` },
      { key: away.verifier.text, url: 'http://127.0.0.1:1' },
    ])
    for (let n = 0; n < 300; n++) running.journal.append(callOf({ id: `1-${n}` }))
    await stop(running)
    await served.close()
    const published = readFileSync(join(auditFolder(data), 'checkpoint'))
    expect(openCheckpoint(published, log.signer.verifier, [signer.verifier])).toMatchObject({ size: 303n, cosigned: [{ name: 'witness.example/w1' }] })
    expect(readFileSync(join(data, 'kept'))).toEqual(published)
    // Both were asked for: what one has signed is not enough.
    expect(existsSync(join(auditFolder(data), 'checkpoint.witnessed'))).toBe(false)
    expect(parsePolicy(readFileSync(join(auditFolder(data), 'policy'), 'utf8'), 'policy').witnesses.map(({ name }) => name)).toEqual(['witness.example/w1', 'away.example/w'])
    expect(running.lines.filter((line) => line.includes('away.example/w'))).toHaveLength(1)
    expect(running.audit.status()).toMatchObject({ stopped: null, size: 303, witnesses: [{ name: 'witness.example/w1', size: 303, failure: null }, { name: 'away.example/w', size: null, failure: expect.stringContaining('cannot be reached') }] })
  })

  it('says that it has stopped, and why', async () => {
    const data = dataDir()
    createAudit(data, 'example.com/audit')
    const running = await start(data)
    running.journal.append(callOf())
    await running.journal.flush()
    rmSync(join(data, 'journal'), { recursive: true })
    mkdirSync(join(data, 'journal'))
    writeFileSync(join(data, 'journal', `${'0'.repeat(20)}.journal`), 'no journal at all')
    running.journal.append(callOf())
    await running.journal.flush()
    await running.audit.stop()
    expect(running.audit.status().stopped).toBe('JOURNAL_VERSION_UNKNOWN')
    expect(running.lines.at(-1)).toMatch(/the audit log has stopped/u)
    await running.journal.close().catch(() => {})
  })

  it('does not start without a log, with a second writer, or on an old copy of everything', async () => {
    const data = dataDir()
    await expect(start(data)).rejects.toMatchObject({ code: 'AUDIT_LOG_MISSING' })
    createAudit(data, 'example.com/audit')
    const remember = join(data, 'kept')
    const first = await start(data, remember)
    await expect(startAudit({ dataDir: data, remember, witnesses: [], quorum: 0, durable: () => 0, log: { info: () => {}, warn: () => {}, error: () => {} } })).rejects.toMatchObject({ code: 'AUDIT_LOCKED' })
    await stop(first)
    const old = dataDir()
    for (const part of ['audit', 'audit-private']) cpSync(join(data, part), join(old, part), { recursive: true })
    const second = await start(data, remember)
    second.journal.append(callOf())
    await stop(second)
    await expect(start(old, remember)).rejects.toMatchObject({ code: 'AUDIT_ROLLED_BACK' })
  })

  it('does not go on from a journal that is older than the log', async () => {
    const data = dataDir()
    createAudit(data, 'example.com/audit')
    const running = await start(data)
    running.journal.append(callOf())
    await stop(running)
    rmSync(journalFolder(data), { recursive: true })
    await expect(start(data)).rejects.toMatchObject({ code: 'AUDIT_JOURNAL_BEHIND' })
  })

  it('goes on where the other disk is away, and says so', async () => {
    const data = dataDir()
    createAudit(data, 'example.com/audit')
    const running = await start(data, join(data, 'away/kept'))
    running.journal.append(callOf({ id: 'a' }))
    await stop(running)
    expect(await leaves(data)).toEqual(['log-started', 'config', 'a', 'log-stopped'])
    expect(running.lines[0]).toMatch(/the checkpoint was not kept in .*away\/kept \(ENOENT\)/u)
  })
})
