import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { callLeaf, utc } from '../leaf/call-leaf.ts'
import { encodeLeaf } from '../leaf/leaf.ts'
import { callRecord, KEYS } from '../leaf/testing.ts'
import { createLog, openLog } from '../log/open-log.ts'
import { addSignature } from '../note/signed-note.ts'
import { parseSigningKey } from '../note/keys.ts'
import { formatPolicy, parsePolicy } from '../note/policy.ts'
import { signerOf, WITNESS_KEY } from '../note/testing.ts'
import { directorySource } from '../tiles/tile-source.ts'
import { sealOf, SEAL, sha256, SUMS } from './bundle-format.ts'
import { folderReader, folderSink } from './bundle-folder.ts'
import { type BundleReport, verifyBundle } from './verify-bundle.ts'
import { type BundleOptions, writeBundle } from './write-bundle.ts'

const SIGNER = signerOf('log.example/audit', 7)
const WITNESS = parseSigningKey(WITNESS_KEY, { now: () => 1_764_000_000n })
const WITNESSED = formatPolicy(SIGNER.verifier, [{ verifier: WITNESS.verifier, url: null }], 1)
const START = Date.parse('2026-11-25T08:00:00.000Z')
const CALLS = 700
const verifier = (name: string): string => fileURLToPath(new URL(`../../../verifier/${name}`, import.meta.url))
const has = (program: string): boolean => spawnSync(program, ['version']).error === undefined

let base = ''
let bundle = ''

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'spillway-bundle-'))
  const options = { folder: join(base, 'log'), privateFolder: join(base, 'private'), signer: SIGNER }
  createLog(options)
  const log = await openLog(options)
  // A call a second, every tenth of another tenant; names that a page must not believe.
  log.commit([
    encodeLeaf({ leaf: 'log-started', v: 1, at: '2026-11-25T07:59:59.000Z', actor: null, build: 'test' }),
    ...Array.from({ length: CALLS }, (_, n) => {
      const call = callRecord({ id: `call_${n}`, tenant: n % 10 === 0 ? 'other' : 'acme', arrivedAt: START + n * 1000, totalMs: 0, ...(n % 7 === 0 ? { system: 'triage' } : {}), modelServed: n === 300 ? '<script>alert("a&b")</script>\u2028\u202e' : 'llama' })
      return encodeLeaf(callLeaf(call, { seq: n, build: 'test', keys: KEYS }))
    }),
    ...['call_7', 'call_8'].map((call) => encodeLeaf({ leaf: 'human-review', v: 1, at: utc(START + 600_000), actor: 'cli:ann', call, reviewer: 'officer-7', decision: 'approved' })),
  ])
  log.close()
  writeFileSync(join(options.folder, 'checkpoint'), addSignature(readFileSync(join(options.folder, 'checkpoint')), WITNESS))
  bundle = await exported('all', {})
})
afterAll(() => rmSync(base, { recursive: true }))

async function exported(name: string, options: Partial<BundleOptions>): Promise<string> {
  const folder = join(base, name)
  await writeBundle({
    source: directorySource(join(base, 'log')),
    signer: SIGNER,
    sink: folderSink(folder),
    policy: WITNESSED,
    extras: new Map(['verify.mjs', 'verify.py'].map((file) => [file, readFileSync(verifier(file))])),
    from: START + 254_000,
    to: START + 514_000,
    tenant: null,
    system: null,
    proofs: true,
    build: 'test',
    now: START,
    ...options,
  })
  return folder
}

const verify = (folder: string, policy = WITNESSED): Promise<BundleReport> => verifyBundle(folderReader(folder), SIGNER.verifier, parsePolicy(policy, 'policy'))
const named = async (folder: string): Promise<(string | undefined)[]> => (await verify(folder)).problems.map(({ place }) => place.file)

interface Verdict {
  readonly status: number | null
  readonly stdout: string
}

/** The two programs that share nothing with this code: their verdicts over a folder. */
const strangers: readonly (readonly [string, (folder: string) => Verdict])[] = [
  ['verify.mjs', (folder) => spawnSync(process.execPath, [verifier('verify.mjs'), folder, '--key', SIGNER.verifier.text], { encoding: 'utf8' })],
  ...(has('python3') && has('openssl') ? [['verify.py', (folder: string) => spawnSync('python3', [verifier('verify.py'), folder, SIGNER.verifier.text], { encoding: 'utf8' })] as const] : []),
]

function copyOf(folder: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'spillway-bundle-copy-'))
  onTestFinished(() => rmSync(copy, { recursive: true }))
  cpSync(folder, copy, { recursive: true })
  return copy
}

/** What an operator with the key could do: the sums fit again, and are signed. */
function reseal(folder: string, file: string): void {
  const sums = readFileSync(join(folder, SUMS), 'utf8').replace(new RegExp(`^[0-9a-f]{64}  ${file.replaceAll('.', '\\.')}$`, 'mu'), `${sha256(readFileSync(join(folder, file)))}  ${file}`)
  writeFileSync(join(folder, SUMS), sums)
  writeFileSync(join(folder, SEAL), sealOf(Buffer.from(sums), SIGNER))
}

function edit(folder: string, file: string, change: (content: Buffer) => Buffer | string): void {
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file))))
}

const flip = (content: Buffer): Buffer => {
  const copy = Buffer.from(content)
  copy[Math.floor(copy.length / 2)]! ^= 1
  return copy
}

/** One file of each class. Entries of the export: 255 to 514 of the log. */
const CLASSES = ['index.html', 'bundle.json', 'entries.jsonl', 'verifier.key', 'policy', 'leaf.schema.json', 'verify.mjs', 'verify.py', 'SHA256SUMS', 'SHA256SUMS.note', 'log/checkpoint', 'log/tile/entries/000', 'log/tile/entries/002.p/191', 'log/tile/0/001', 'log/tile/0/002.p/191', 'log/tile/1/000.p/2', 'proofs/0/300.tlog-proof']

describe('an export', () => {
  it('verifies, and holds what was asked for', async () => {
    expect(await verify(bundle)).toMatchObject({ origin: 'log.example/audit', size: '703', entries: 260, cosigned: [{ name: 'witness.example/w1', time: 1_764_000_000n }], problems: [] })
    const lines = readFileSync(join(bundle, 'entries.jsonl'), 'utf8').split('\n').slice(0, -1)
    expect(lines.map((line) => (JSON.parse(line) as { index: number }).index)).toEqual(Array.from({ length: 260 }, (_, n) => n + 255))
  })

  it.each(strangers)('%s, which shares no code with this, finds the same; and its own copy in the export is it', async (name, check) => {
    expect(check(bundle)).toMatchObject({ status: 0, stdout: expect.stringContaining('As it was signed: 260 of the 703 entries in log.example/audit') })
    expect(readFileSync(join(bundle, name))).toEqual(readFileSync(verifier(name)))
  })

  it.each(CLASSES)('a byte changed in %s is found and the file is named, by all verifiers', async (file) => {
    const copy = copyOf(bundle)
    edit(copy, file, flip)
    expect(await named(copy)).toContain(file)
    for (const [name, check] of strangers) expect([name, check(copy)]).toEqual([name, expect.objectContaining({ status: 1, stdout: expect.stringContaining(`NOT as it was signed: ${file}: `) })])
  })

  it.each([
    ['log/tile/entries/001', flip],
    ['log/tile/0/001', flip],
    ['log/tile/0/002.p/191', flip],
    ['log/checkpoint', (content: Buffer) => content.toString().replace(/\n703\n/u, '\n700\n')],
    ['proofs/0/300.tlog-proof', (content: Buffer) => content.toString().replace('index 300', 'index 301')],
    ['entries.jsonl', (content: Buffer) => content.toString().replace('"call_299"', '"call_298"')],
    ['entries.jsonl', (content: Buffer) => content.toString().split('\n').toSpliced(7, 1).join('\n')],
    ['entries.jsonl', (content: Buffer) => content.toString().split('\n').toSpliced(7, 0, content.toString().split('\n')[7]!).join('\n')],
    ['bundle.json', (content: Buffer) => content.toString().replace('"size": 703', '"size": 702')],
  ] as const)('changed in %s and sealed again with the key: found by what it says', async (file, change) => {
    const copy = copyOf(bundle)
    edit(copy, file, change)
    reseal(copy, file)
    expect((await verify(copy)).problems).not.toEqual([])
    for (const [name, check] of strangers) expect([name, check(copy).status]).toEqual([name, 1])
  })

  it('a file that is missing, or more than there were', async () => {
    const copy = copyOf(bundle)
    rmSync(join(copy, 'proofs/0/300.tlog-proof'))
    writeFileSync(join(copy, 'more.txt'), '')
    expect(await named(copy)).toEqual(['proofs/0/300.tlog-proof', 'more.txt'])
    for (const [name, check] of strangers) expect([name, check(copy).stdout]).toEqual([name, expect.stringMatching(/proofs\/0\/300\.tlog-proof: [^]*more\.txt: /u)])
  })

  it('a path that leads out of it is not followed', async () => {
    const copy = copyOf(bundle)
    edit(copy, SUMS, (sums) => `${sums.toString()}${sha256(Buffer.from(''))}  ../../etc/hostname\n`)
    writeFileSync(join(copy, SEAL), sealOf(readFileSync(join(copy, SUMS)), SIGNER))
    expect((await verify(copy)).problems).toMatchObject([{ message: 'leads out of the export', place: { file: '../../etc/hostname' } }])
    for (const [name, check] of strangers) expect([name, check(copy).stdout]).toEqual([name, expect.stringContaining('leads out of the export')])
  })

  it('a policy that asks for a witness who has not signed', async () => {
    const absent = parseSigningKey(WITNESS_KEY, { now: () => 0n }).verifier
    const other = formatPolicy(SIGNER.verifier, [{ verifier: absent, url: null }, { verifier: signerOf('other.example/w').verifier, url: null }], 2)
    expect((await verify(bundle, other)).problems).toMatchObject([{ place: { file: 'log/checkpoint' }, message: expect.stringContaining('witnesses') }])
    const strict = await exported('strict', { policy: other })
    for (const [name, check] of strangers) expect([name, check(strict).stdout]).toEqual([name, expect.stringContaining('log/checkpoint: is not signed by the witnesses')])
  })

  it("one tenant's: its entries and the installation's, and nothing of another tenant", async () => {
    const folder = await exported('tenant', { tenant: 'other', from: null, to: null })
    expect(await verify(folder)).toMatchObject({ entries: CALLS / 10 + 1, problems: [] })
    for (const [name, check] of strangers) expect([name, check(folder).status]).toEqual([name, 0])
    for (const path of folderReader(folder).list()) {
      const content = readFileSync(join(folder, path))
      const carried = /^extra (.*)$/mu.exec(content.toString('latin1'))?.[1] ?? ''
      expect([path, content.includes('acme') || Buffer.from(carried, 'base64').includes('acme')]).toEqual([path, false])
    }
  })

  it("one system's: its calls, what was done with them, and the installation's; of one tenant, where both are asked for", async () => {
    const folder = await exported('system', { system: 'triage', from: null, to: null })
    expect(await verify(folder)).toMatchObject({ entries: CALLS / 7 + 2, problems: [] })
    for (const [name, check] of strangers) expect([name, check(folder).status]).toEqual([name, 0])
    const leaves = readFileSync(join(folder, 'entries.jsonl'), 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { readonly leaf: Readonly<Record<string, unknown>> }).leaf)
    expect(leaves.flatMap(({ leaf, system, call }) => (leaf === 'call' && system !== 'triage' ? ['of another'] : leaf === 'human-review' ? [call] : []))).toEqual(['call_7'])
    expect(folderReader(folder).list().filter((path) => path.startsWith('log/tile/'))).toEqual([])
    expect(await verify(await exported('both', { system: 'triage', tenant: 'other', from: null, to: null }))).toMatchObject({ entries: CALLS / 70 + 1, problems: [] })
  })

  it('without proofs; and of a time in which nothing was', async () => {
    const plain = await exported('plain', { proofs: false })
    const none = await exported('none', { from: START + 9_000_000, to: null })
    expect(await verify(plain)).toMatchObject({ entries: 260, problems: [] })
    expect(await verify(none)).toMatchObject({ entries: 0, problems: [] })
    for (const [name, check] of strangers) expect([name, check(plain).status, check(none).status]).toEqual([name, 0, 0])
  })

  it('the page needs no script and believes no name', () => {
    const page = readFileSync(join(bundle, 'index.html'), 'utf8')
    expect(page).not.toMatch(/<script|javascript:|\son\w+=|https?:\/\//iu)
    expect(page).toContain("default-src 'none'")
    expect(page).toContain('260 of the 703 in the log')
    expect(page).toContain('&#60;script&#62;alert(&#34;a&#38;b&#34;)&#60;/script&#62;')
    expect(page).not.toMatch(/[\u2028\u202e]/u)
  })

  it('is not written over something that is there', () => {
    expect(() => folderSink(bundle)).toThrowError(expect.objectContaining({ code: 'FILE_NOT_WRITABLE' }))
  })
})
