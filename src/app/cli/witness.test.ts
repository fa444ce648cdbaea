import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openCheckpoint } from '../../prove/note/checkpoint.ts'
import { parseVerifierKey } from '../../prove/note/keys.ts'
import { formatPolicy } from '../../prove/note/policy.ts'
import { formatAddCheckpoint } from '../../prove/witness/add-checkpoint.ts'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { callOf } from '../../core/testing.ts'
import { run } from './testing.ts'

/** A folder, a log of some calls in it, and the key of a witness. */
async function world(): Promise<{ readonly folder: string; readonly key: string; readonly logKey: string; readonly witnessKey: string; readonly record: (calls: number) => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-witness-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const io = { env: { SPILLWAY_DATA: folder } }
  const key = join(folder, 'witness.key')
  const { verifierKey: logKey } = JSON.parse((await run(['audit', 'init', '--origin', 'example.com/audit', '--json'], { io })).stdout) as { verifierKey: string }
  const { verifierKey: witnessKey } = JSON.parse((await run(['witness', 'keygen', '--name', 'witness.example/w', '-o', key, '--json'], { io })).stdout) as { verifierKey: string }
  const record = async (calls: number): Promise<void> => {
    const journal = await openJournal({ folder: join(folder, 'journal'), clock: { now: () => 0 } })
    for (let n = 0; n < calls; n++) journal.append(callOf({ id: `call_${n}` }))
    await journal.close()
    expect(await run(['audit', 'sequence'], { io })).toMatchObject({ exit: 0 })
  }
  await record(5)
  return { folder, key, logKey, witnessKey, record }
}

/** Serves until the work is done; the process's own signal ends it. */
async function serving<T>(key: string, logKey: string, work: (url: string) => Promise<T>): Promise<{ readonly exit: number; readonly stderr: string; readonly result: T }> {
  const before = new Set([...process.listeners('SIGTERM'), ...process.listeners('SIGINT')])
  const { promise: url, resolve: listening } = Promise.withResolvers<string>()
  let stderr = ''
  const running = run(['witness', 'serve', '--key', key, '--log', logKey, '--port', '0'], {
    io: {
      stderr: (text) => {
        stderr += text
        const found = /http:\S+(?=\/add-checkpoint)/u.exec(text)?.[0]
        if (found !== undefined) listening(found)
      },
    },
  })
  const result = await work(await Promise.race([url, running.then(() => Promise.reject(new Error(stderr)))]))
  process.emit('SIGTERM')
  const { exit } = await running
  for (const signal of ['SIGTERM', 'SIGINT'] as const) for (const listener of process.listeners(signal)) if (!before.has(listener)) process.removeListener(signal, listener)
  return { exit, stderr, result }
}

const send = async (url: string, body: Uint8Array, init: RequestInit = {}): Promise<{ readonly status: number; readonly body: string; readonly type: string | null }> => {
  const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: Uint8Array.from(body), ...init })
  return { status: response.status, body: await response.text(), type: response.headers.get('content-type') }
}

it('keygen makes a private key and an empty memory, once', async () => {
  const { key, witnessKey } = await world()
  expect(statSync(key).mode & 0o777).toBe(0o600)
  expect(readFileSync(`${key}.state`, 'utf8')).toBe('{}\n')
  expect(parseVerifierKey(witnessKey).name).toBe('witness.example/w')
  expect(await run(['witness', 'keygen', '--name', 'other', '-o', key])).toMatchObject({ exit: 2, stderr: expect.stringContaining('FILE_NOT_WRITABLE') })
})

it('signs over HTTP, remembers over a restart, and the log then satisfies its policy', async () => {
  const { folder, key, logKey, witnessKey, record } = await world()
  const file = join(folder, 'audit/checkpoint')
  const checkpoint = readFileSync(file)
  const policy = join(folder, 'audit/policy')
  writeFileSync(policy, formatPolicy(parseVerifierKey(logKey), [{ verifier: parseVerifierKey(witnessKey), url: null }], 1))
  expect(await run(['audit', 'verify', join(folder, 'audit'), '--key', logKey])).toMatchObject({ exit: 3, stdout: expect.stringContaining('not signed by the witnesses') })
  const first = await serving(key, logKey, (url) => send(url, formatAddCheckpoint({ old: 0n, proof: [], checkpoint })))
  expect(first).toMatchObject({ exit: 0, result: { status: 200 } })
  const cosigned = Buffer.concat([checkpoint, Buffer.from(first.result.body)])
  expect(openCheckpoint(cosigned, parseVerifierKey(logKey), [parseVerifierKey(witnessKey)]).cosigned).toHaveLength(1)
  const again = await serving(key, logKey, (url) => send(url, formatAddCheckpoint({ old: 0n, proof: [], checkpoint })))
  expect(again.result).toEqual({ status: 409, body: '6\n', type: 'text/x.tlog.size' })

  writeFileSync(file, cosigned)
  writeFileSync(join(folder, 'audit/checkpoint.witnessed'), cosigned)
  expect(await run(['audit', 'verify', join(folder, 'audit'), '--key', logKey])).toMatchObject({ exit: 0, stdout: expect.stringMatching(/6 entries[^]*Witnessed by witness\.example\/w at 2026-11-24T12:00:00\.000Z\nThe policy/u) })
  const proof = join(folder, 'proof')
  await run(['audit', 'prove', 'call_3', '--data', folder, '-o', proof])
  expect(await run(['audit', 'verify', '--proof', proof, '--key', logKey, '--policy', policy])).toMatchObject({ exit: 0 })
  // The log goes on; until the witness has signed again, what it has signed is the log that counts, and the rest is said.
  await record(3)
  expect(await run(['audit', 'verify', join(folder, 'audit'), '--key', logKey])).toMatchObject({ exit: 0, stdout: expect.stringMatching(/6 entries[^]*\n3 entries after these are not signed by enough witnesses yet/u) })
  const out = join(folder, 'export')
  expect(JSON.parse((await run(['audit', 'export', '--data', folder, '-o', out, '--json'])).stdout)).toMatchObject({ size: 6, entries: 6 })
  expect(await run(['audit', 'verify', out, '--key', logKey, '--policy', policy])).toMatchObject({ exit: 0 })
})

it('answers other requests without signing, and does not start without its memory', async () => {
  const { key, logKey } = await world()
  const { result } = await serving(key, logKey, async (url) => [
    (await send(url, Buffer.alloc(200_000))).status,
    (await send(url, Buffer.from('?'))).status,
    (await fetch(`${url}/add-checkpoint`)).status,
    (await fetch(`${url}/`)).status,
  ])
  expect(result).toEqual([413, 400, 405, 404])
  rmSync(`${key}.state`)
  expect(await run(['witness', 'serve', '--key', key, '--log', logKey, '--port', '0'])).toMatchObject({ exit: 2, stderr: expect.stringContaining('AUDIT_WITNESS_STATE') })
})
