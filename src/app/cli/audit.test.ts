import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { BUILD } from '../audit/build.ts'
import { callOf } from '../../core/testing.ts'
import { run, type CliRun } from './testing.ts'

const VERIFIER = fileURLToPath(new URL('../../../verifier/verify.py', import.meta.url))
const has = (program: string): boolean => spawnSync(program, ['version']).error === undefined
const independent = has('python3') && has('openssl')

interface World {
  readonly data: string
  readonly key: string
  readonly audit: (...argv: string[]) => Promise<CliRun>
}

/** A data folder with a log of so many calls. */
async function world(calls: number): Promise<World> {
  const data = mkdtempSync(join(tmpdir(), 'spillway-audit-cli-'))
  onTestFinished(() => rmSync(data, { recursive: true }))
  const audit: World['audit'] = (...argv) => run(['audit', ...argv], { io: { env: { SPILLWAY_DATA: data } } })
  const { verifierKey } = JSON.parse((await audit('init', '--origin', 'example.com/audit', '--json')).stdout) as { verifierKey: string }
  await record(data, calls)
  expect(await audit('sequence')).toMatchObject({ exit: 0, stdout: `${calls + 1} leaves added, ${calls + 1} in all.\n` })
  return { data, key: verifierKey, audit }
}

async function record(data: string, calls: number, from = 0): Promise<void> {
  const journal = await openJournal({ folder: join(data, 'journal'), clock: { now: () => 0 } })
  for (let n = from; n < from + calls; n++) journal.append(callOf({ id: `call_${n}`, tenant: 'acme' }))
  await journal.close()
}

describe('spillway audit', () => {
  it('init makes the log and its keys, once, private to the owner', async () => {
    const { data, key, audit } = await world(1)
    expect(readFileSync(join(data, 'audit/verifier.key'), 'utf8')).toBe(`${key}\n`)
    for (const file of ['signing.key', 'tenants.key']) expect(statSync(join(data, 'audit-private', file)).mode & 0o777).toBe(0o600)
    expect(await audit('init', '--origin', 'example.com/audit')).toMatchObject({ exit: 2, stderr: expect.stringContaining('AUDIT_LOG_EXISTS') })
    expect(await audit('init', '--origin', 'example.com/other')).toMatchObject({ exit: 2, stderr: expect.stringContaining('AUDIT_LOG_EXISTS') })
    expect(await run(['audit', 'init', '--origin', 'with space', '--data', join(data, 'other')])).toMatchObject({ exit: 2, stderr: expect.stringContaining('AUDIT_KEY_INVALID') })
  })

  it('sequence takes each record once', async () => {
    const { data, audit } = await world(10)
    expect((await audit('sequence')).stdout).toBe('0 leaves added, 11 in all.\n')
    await record(data, 3, 10)
    expect(JSON.parse((await audit('sequence', '--json')).stdout)).toMatchObject({ size: 14, added: 3 })
  })

  it('verify says what is so, and what it cannot know', async () => {
    const { key, audit } = await world(300)
    const plain = await audit('verify')
    expect(plain).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^As it was signed: example\.com\/audit, 301 entries, 301 of them read/u) })
    expect(plain.stdout).toMatch(/key came from the log itself/u)
    expect(plain.stdout).toMatch(/could have rewritten/u)
    expect(JSON.parse((await audit('verify', '--key', key, '--json')).stdout)).toMatchObject({ ok: true, size: 301, keyFromLog: false, problems: [] })
  })

  it('verify of a changed log: status 3, and the file', async () => {
    const { data, audit } = await world(300)
    const bundle = join(data, 'audit/tile/entries/000')
    writeFileSync(bundle, readFileSync(bundle, 'latin1').replace('call_7"', 'call_8"'), 'latin1')
    expect(await audit('verify')).toMatchObject({ exit: 3, stdout: expect.stringMatching(/^NOT as it was signed[^]*tile\/0\/000: hash 8 is not that of entry 8/u) })
    expect(JSON.parse((await audit('verify', '--json')).stdout)).toMatchObject({ ok: false, problems: [{ code: 'AUDIT_DAMAGED', place: { file: 'tile/0/000' } }, {}] })
  })

  it('verify --since a kept checkpoint: an old copy of everything in its place is noticed', async () => {
    const { data, audit } = await world(5)
    const old = mkdtempSync(join(tmpdir(), 'spillway-audit-old-'))
    onTestFinished(() => rmSync(old, { recursive: true }))
    cpSync(join(data, 'audit'), old, { recursive: true })
    await record(data, 5, 5)
    await audit('sequence')
    const kept = join(data, 'kept')
    writeFileSync(kept, (await audit('checkpoint')).stdout)
    expect(await audit('verify', '--since', kept)).toMatchObject({ exit: 0 })
    expect(await audit('verify', old, '--since', kept)).toMatchObject({ exit: 3, stdout: expect.stringContaining('AUDIT_ROLLED_BACK') })
  })

  it('verify of a log behind a web server', async () => {
    const { data, key, audit } = await world(300)
    const server = createServer((request, response) => {
      const file = join(data, 'audit', request.url!.slice('/log/'.length))
      if (existsSync(file)) response.end(readFileSync(file))
      else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/log`
    expect(await audit('verify', url, '--key', key)).toMatchObject({ exit: 0, stdout: expect.stringContaining('301 entries, 301 of them read') })
    expect(await audit('verify', `${url}/nowhere`, '--key', key)).toMatchObject({ exit: 2, stderr: expect.stringContaining('AUDIT_LOG_MISSING') })
  })

  it('export, then verify it with the key alone; a changed file is named', async () => {
    const { data, key, audit } = await world(300)
    const out = join(data, 'export')
    expect(JSON.parse((await audit('export', '--from', '2026-11-25', '--tenant', 'acme', '-o', out, '--json')).stdout)).toMatchObject({ folder: out, entries: 301, size: 301, tenant: 'acme', from: '2026-11-25T00:00:00.000Z', to: null })
    expect(await run(['audit', 'verify', out, '--key', key])).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^As it was signed: 301 of the 301 entries in example\.com\/audit\nWhoever has the signing key/u) })
    writeFileSync(join(out, 'index.html'), '')
    expect(await run(['audit', 'verify', out, '--key', key])).toMatchObject({ exit: 3, stdout: expect.stringContaining('index.html: is not the file that was signed') })
    expect(await audit('export', '-o', out)).toMatchObject({ exit: 2, stderr: expect.stringContaining('FILE_NOT_WRITABLE') })
    expect(await audit('export', '--tenant', 'acme', '--no-proofs', '-o', join(data, 'x'))).toMatchObject({ exit: 2, stderr: expect.stringContaining('CLI_USAGE') })
    expect(await audit('export', '--from', 'yesterday', '-o', join(data, 'x'))).toMatchObject({ exit: 2, stderr: expect.stringContaining('CLI_USAGE') })
  })

  it('acts of the command line become leaves: keys, budgets, secrets, reviews, incidents, exports', async () => {
    const { data, key, audit } = await world(5)
    const spillway = async (...argv: string[]): Promise<CliRun> => {
      const done = await run([...argv, '--data', data], { io: { env: { SPILLWAY_ACTOR: 'op-7', VALUE: 'canary' } } })
      expect([argv, done.stderr.includes('error'), done.exit]).toEqual([argv, false, 0])
      return done
    }
    const { id } = (JSON.parse((await spillway('keys', 'create', '--name', 'bot', '--budget', '20/day', '--json')).stdout) as { key: { id: string } }).key
    await spillway('keys', 'rules', id, '--rpm', '5', '--name', 'robot')
    await spillway('keys', 'rules', id)
    await spillway('keys', 'rotate', id)
    await spillway('keys', 'disable', id)
    await spillway('keys', 'disable', id, '--undo')
    await spillway('keys', 'rules', id, '--budget', 'none/day')
    await spillway('secrets', 'set', 'together', '--env', 'VALUE')
    await spillway('secrets', 'rotate')
    await spillway('secrets', 'remove', 'together')
    await spillway('audit', 'review', 'call_3', '--reviewer', 'officer-7', '--decision', 'approved')
    expect((await spillway('audit', 'incident', 'open', 'inc-1', '--category', 'death')).stdout).toContain('10 days from now end at 2026-12-04T12:00:00.000Z')
    await spillway('audit', 'incident', 'close', 'inc-1')
    await spillway('audit', 'export', '-o', join(data, 'first'), '--recipient', 'auditor')
    expect((await audit('sequence')).stdout).toBe('14 leaves added, 20 in all.\n')
    expect((await audit('sequence')).stdout).toBe('0 leaves added, 20 in all.\n')
    await spillway('audit', 'export', '-o', join(data, 'second'))
    const text = readFileSync(join(data, 'second/entries.jsonl'), 'utf8')
    const leaves = text.split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { leaf: Record<string, unknown> }).leaf).filter(({ leaf }) => leaf !== 'call' && leaf !== 'config')
    const at = { v: 1, at: '2026-11-24T12:00:00.000Z', actor: 'cli:op-7' }
    const own = { ...at, tenant: 'default', key: id }
    const budget = { ...at, leaf: 'budget-changed', tenant: 'default', budget: `${id}-day`, scope: 'key' }
    expect(leaves).toEqual([
      { ...own, leaf: 'key-created' },
      { ...budget, limitNanoUsd: '20000000000' },
      { ...own, leaf: 'key-changed', changed: 'name, limits' },
      { ...own, leaf: 'key-rotated' },
      { ...own, leaf: 'key-disabled', undone: false },
      { ...own, leaf: 'key-disabled', undone: true },
      { ...budget, limitNanoUsd: null },
      { ...at, leaf: 'secret', secret: 'together', action: 'stored' },
      { ...at, leaf: 'secret', secret: '*', action: 'resealed' },
      { ...at, leaf: 'secret', secret: 'together', action: 'removed' },
      { ...at, leaf: 'human-review', call: 'call_3', reviewer: 'officer-7', decision: 'approved' },
      { ...at, leaf: 'incident', incident: 'inc-1', phase: 'opened', category: 'death', days: 10, note: '' },
      { ...at, leaf: 'incident', incident: 'inc-1', phase: 'closed', category: '', days: 0, note: '' },
      { ...at, leaf: 'export', from: null, to: null, tenant: null, recipient: 'auditor' },
    ])
    expect(text).not.toContain('canary')
    expect(await run(['audit', 'verify', join(data, 'second'), '--key', key])).toMatchObject({ exit: 0 })
    expect(await audit('review', 'call_9', '--reviewer', 'x', '--decision', 'y')).toMatchObject({ exit: 3 })
    for (const argv of [['open', 'i', '--category', 'odd'], ['open', 'i', '--days', '0'], ['open', 'i', '--note', 'x'.repeat(257)]]) expect(await audit('incident', ...argv)).toMatchObject({ exit: 2, stderr: expect.stringContaining('CLI_USAGE') })
  })

  it('coverage: every call in the journal against its leaf', async () => {
    const { data, audit } = await world(300)
    expect(await audit('coverage')).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^Equal: 300 calls in the journal, each with the leaf that was made of it\.\n300 calls in the journal, 300 leaves of calls\.\nNo gap is on record\./u) })
    await record(data, 2, 300)
    expect(JSON.parse((await audit('coverage', '--json')).stdout)).toMatchObject({ ok: true, served: 302, equal: 300, waiting: 2 })
    await audit('sequence')
    rmSync(join(data, 'journal'), { recursive: true })
    await record(data, 300, 1)
    expect(await audit('coverage')).toMatchObject({ exit: 3, stdout: expect.stringMatching(/^NOT equal: /u) })
  })

  it('articles: what is supported, by how many leaves, and what stays with the operator', async () => {
    const { audit } = await world(5)
    const { stdout } = await audit('articles')
    expect(stdout).toMatch(/Art\. 12\(1\)[^]*supported by[^]*evidence[^]*operator[^]*Art\. 26\(6\)[^]*Applies from[^]*2027-12-02/u)
    expect(stdout).not.toMatch(/complian/iu)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    const { requirements } = JSON.parse((await audit('articles', '--json')).stdout) as { requirements: { requirement: { basis: string }; leaves: number }[] }
    expect(requirements.find(({ requirement }) => requirement.basis === 'Art. 12(1)')!.leaves).toBe(5)
  })

  it('prune: what is older goes, and all that stays is proven as before', async () => {
    const { data, key, audit } = await world(600)
    const later = (...argv: string[]): Promise<CliRun> => run(['audit', ...argv], { io: { env: { SPILLWAY_DATA: data }, now: () => new Date('2027-06-20T08:00:00Z') } })
    const kept = join(data, 'kept')
    writeFileSync(kept, (await audit('checkpoint')).stdout)
    const old = join(data, 'old.tlog-proof')
    await audit('prove', 'call_7', '-o', old)
    expect((await audit('prune')).stdout).toMatch(/^0 entries were removed; the log holds entries 0 to 600/u)
    expect(await later('prune', '--days', '30')).toMatchObject({ exit: 2, stderr: expect.stringContaining('30 days are less than the 184') })
    for (const system of ['triage', 'triage=0', 'triage=x', 'triage=199']) expect(await later('prune', '--system', system)).toMatchObject({ exit: 2, stderr: expect.stringContaining('CLI_USAGE') })
    expect((await later('prune', '--dry-run', '--system', 'triage=3650', '--system', 'other=400')).stdout).toMatch(/^512/u)
    expect((await later('prune', '--dry-run')).stdout).toMatch(/^512 entries would be removed/u)
    expect(existsSync(join(data, 'audit/tile/entries/000'))).toBe(true)
    expect(JSON.parse((await later('prune', '--json')).stdout)).toMatchObject({ first: 512, removed: 512, size: 601 })
    expect([existsSync(join(data, 'audit/tile/entries/001')), existsSync(join(data, 'audit/tile/entries/002.p/89')), existsSync(join(data, 'audit/tile/0/000'))]).toEqual([false, true, true])
    // The log goes on from where it was, and says so.
    expect((await later('sequence')).stdout).toBe('1 leaves added, 602 in all.\n')
    expect(JSON.parse((await audit('verify', '--key', key, '--json')).stdout)).toMatchObject({ ok: true, size: 602, first: 512, checked: 90 })
    expect(await audit('verify', '--key', key, '--since', kept)).toMatchObject({ exit: 0, stdout: expect.stringContaining('Entries 0 to 511 were removed after their time') })
    expect(await run(['audit', 'verify', '--proof', old, '--key', key])).toMatchObject({ exit: 0 })
    expect(await audit('prove', 'call_599', '-o', join(data, 'p'))).toMatchObject({ exit: 0 })
    expect(await audit('prove', 'call_7')).toMatchObject({ exit: 3 })
    expect(JSON.parse((await audit('coverage', '--json')).stdout)).toMatchObject({ ok: true, equal: 89 })
    const out = join(data, 'export')
    expect(JSON.parse((await audit('export', '-o', out, '--json')).stdout)).toMatchObject({ entries: 90 })
    expect(await run(['audit', 'verify', out, '--key', key])).toMatchObject({ exit: 0 })
    expect(readFileSync(join(out, 'entries.jsonl'), 'utf8')).toContain('"before":512,"days":200,"leaf":"retention","override":null')
    // More is gone than the key has signed for; then the note itself is changed.
    rmSync(join(data, 'audit/tile/entries/002.p'), { recursive: true })
    expect(await audit('verify')).toMatchObject({ exit: 3, stdout: expect.stringContaining('tile/entries/002') })
    writeFileSync(join(data, 'audit/pruned'), readFileSync(join(data, 'audit/pruned'), 'utf8').replace('first 512', 'first 768'))
    expect(await audit('verify')).toMatchObject({ exit: 3, stdout: expect.stringContaining('which entries were removed is broken') })
  })

  it('sequence does not go on from a journal that is older than the log', async () => {
    const { data, audit } = await world(5)
    rmSync(join(data, 'journal'), { recursive: true })
    expect(await audit('sequence')).toMatchObject({ exit: 2, stderr: expect.stringContaining('AUDIT_JOURNAL_BEHIND') })
  })

  it('prove a call, then verify the proof elsewhere', async () => {
    const { data, key, audit } = await world(300)
    const file = join(data, 'call.tlog-proof')
    expect(await audit('prove', 'call_123', '-o', file)).toMatchObject({ exit: 0, stderr: `Entry 124, proven in ${file}\n` })
    expect(await run(['audit', 'verify', '--proof', file, '--key', key])).toMatchObject({ exit: 0, stdout: expect.stringContaining('"id":"call_123"') })
    expect(JSON.parse((await run(['audit', 'verify', '--proof', file, '--key', key, '--json'])).stdout)).toMatchObject({ ok: true, index: '124', size: '301', leaf: { leaf: 'call', id: 'call_123', tenant: 'acme' } })
    writeFileSync(join(data, 'entry'), '{}')
    expect(await audit('verify', '--proof', file, '--entry', join(data, 'entry'))).toMatchObject({ exit: 3, stderr: expect.stringContaining('AUDIT_PROOF_INVALID') })
    expect(await audit('prove', 'call_999')).toMatchObject({ exit: 3, stderr: expect.stringContaining('no entry of the log is of the call call_999') })
    expect(await audit('prove')).toMatchObject({ exit: 2, stderr: expect.stringContaining('CLI_USAGE') })
    expect((await audit('prove', '--index', '0')).stdout).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra /u)
  })

  it.skipIf(!independent)('a proof holds for code that shares nothing with ours (python3, openssl); a changed one does not', async () => {
    const { data, key, audit } = await world(300)
    const file = join(data, 'call.tlog-proof')
    const check = (text: string): { status: number | null; stdout: string } => {
      writeFileSync(file, text)
      return spawnSync('python3', [VERIFIER, file, key], { encoding: 'utf8' })
    }
    for (const index of ['0', '124', '255', '256', '300']) expect(check((await audit('prove', '--index', index)).stdout)).toMatchObject({ status: 0, stdout: expect.stringContaining(`In the log: entry ${index} of 301 in example.com/audit`) })
    const proof = (await audit('prove', '--index', '124')).stdout
    const lines = proof.split('\n')
    const changed = [proof.replace('index 124', 'index 125'), lines.with(1, `extra ${Buffer.from('{}').toString('base64')}`).join('\n'), lines.toSpliced(4, 1).join('\n'), proof.replace('\n301\n', '\n302\n')]
    for (const text of changed) expect(check(text).status).toBe(1)
  })

  it('the build that leaves name is the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
    expect(BUILD).toBe(version)
  })
})
