import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal } from '../../store/journal-file/open-journal.ts'
import { callOf } from '../../core/testing.ts'
import { run, type CliRun } from './testing.ts'

const hasOpenssl = spawnSync('openssl', ['version']).error === undefined

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-timestamp-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A time-stamping authority: openssl behind a web server. */
async function authority(answer?: (reply: Buffer) => Buffer): Promise<{ readonly url: string; readonly ca: string }> {
  const folder = temporary()
  const openssl = (args: readonly string[], input?: Buffer): Buffer => {
    const done = spawnSync('openssl', args, { cwd: folder, ...(input === undefined ? {} : { input }) })
    if (done.status !== 0) throw new Error(done.stderr.toString())
    return done.stdout
  }
  writeFileSync(
    join(folder, 'openssl.cnf'),
    '[req]\ndistinguished_name = dn\nx509_extensions = ext\n[dn]\n[ext]\nextendedKeyUsage = critical, timeStamping\nbasicConstraints = CA:true\n[tsa]\ndefault_tsa = own\n[own]\nserial = ./serial\nsigner_cert = ./tsa.pem\nsigner_key = ./tsa.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\n',
  )
  openssl(['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tsa.key', '-out', 'tsa.pem', '-days', '3650', '-subj', '/CN=tsa.example', '-config', 'openssl.cnf'])
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      writeFileSync(join(folder, 'query.tsq'), Buffer.concat(chunks))
      const reply = openssl(['ts', '-reply', '-queryfile', 'query.tsq', '-config', 'openssl.cnf', '-section', 'own'])
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(answer?.(reply) ?? reply)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ca: join(folder, 'tsa.pem') }
}

interface World {
  readonly data: string
  readonly audit: (...argv: string[]) => Promise<CliRun>
  readonly record: (calls: number) => Promise<void>
}

async function world(): Promise<World> {
  const data = temporary()
  const audit: World['audit'] = (...argv) => run(['audit', ...argv], { io: { env: { SPILLWAY_DATA: data } } })
  await audit('init', '--origin', 'example.com/audit')
  const record = async (calls: number): Promise<void> => {
    const journal = await openJournal({ folder: join(data, 'journal'), clock: { now: () => 0 } })
    for (let n = 0; n < calls; n++) journal.append(callOf({ id: `call_${n}` }))
    await journal.close()
    await audit('sequence')
  }
  await record(5)
  return { data, audit, record }
}

describe.skipIf(!hasOpenssl)('timestamps (openssl)', () => {
  it('an authority signs for the checkpoint, and openssl verifies it as the log goes on', async () => {
    const { url, ca } = await authority()
    const { data, audit, record } = await world()
    expect(await audit('timestamp', '--tsa', url)).toMatchObject({ exit: 0, stdout: expect.stringContaining('first 6 entries') })
    expect((await audit('verify', join(data, 'audit'), '--tsa-ca', ca)).stdout).toMatch(/^Timestamp: /u)
    await record(300)
    expect(JSON.parse((await audit('timestamp', '--tsa', url, '--json')).stdout)).toMatchObject({ size: '306' })
    await record(1)
    const verified = await audit('verify', '--tsa-ca', ca)
    expect(verified).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^Timestamp: the first 6 entries were there at .* GMT\nTimestamp: the first 306 entries were there at .* GMT\nAs it was signed/u) })
    const out = join(data, 'export')
    await audit('export', '-o', out)
    expect(await audit('verify', out)).toMatchObject({ exit: 0 })
    expect(spawnSync('openssl', ['ts', '-verify', '-data', join(out, 'timestamps/306.checkpoint'), '-in', join(out, 'timestamps/306.tsr'), '-CAfile', ca]).status).toBe(0)
  })

  it('a log without any: said, not passed over', async () => {
    const { audit, data } = await world()
    expect(await audit('verify', '--tsa-ca', join(data, 'audit/verifier.key'))).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^There is no timestamp\.\n/u) })
    expect(await audit('verify', 'http://127.0.0.1:1/log', '--tsa-ca', 'ca.pem')).toMatchObject({ exit: 2, stderr: expect.stringContaining('CLI_USAGE') })
    expect(await audit('timestamp', '--tsa', 'nowhere')).toMatchObject({ exit: 2, stderr: expect.stringContaining('CLI_USAGE') })
  })

  it('one of another authority, or over another checkpoint, is not accepted', async () => {
    const [{ url, ca }, other] = [await authority(), await authority()]
    const { data, audit, record } = await world()
    await audit('timestamp', '--tsa', url)
    expect(await audit('verify', '--tsa-ca', other.ca)).toMatchObject({ exit: 3, stderr: expect.stringContaining('AUDIT_TIMESTAMP_INVALID') })
    await record(1)
    const file = join(data, 'audit/timestamps/6.checkpoint')
    const before = readFileSync(file)
    writeFileSync(file, readFileSync(join(data, 'audit/checkpoint')))
    expect(await audit('verify', '--tsa-ca', ca)).toMatchObject({ exit: 3, stderr: expect.stringContaining('AUDIT_FORKED') })
    writeFileSync(file, before)
    expect(await audit('verify', '--tsa-ca', ca)).toMatchObject({ exit: 0 })
  })

  it.each([
    ['something else', (reply: Buffer) => Buffer.from(`no DER ${reply.length}`), /no DER|no answer|cut off/u],
    ['a refusal', () => Buffer.from('30053003020102', 'hex'), /refused \(status 02\)/u],
    ['half an answer', (reply: Buffer) => reply.subarray(0, reply.length / 2), /cut off/u],
    ['an answer about something else', (reply: Buffer) => Buffer.from(reply.toString('latin1').replace(/\x04\x20[^]{32}/u, (match) => `\x04\x20${'x'.repeat(match.length - 2)}`), 'latin1'), /something else/u],
    ['an answer without end', () => Buffer.alloc(200_000), /too long/u],
  ])('an authority that sends %s: nothing is stored', async (_, answer, reason) => {
    const { url } = await authority(answer)
    const { data, audit } = await world()
    const { exit, stderr } = await audit('timestamp', '--tsa', url)
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/AUDIT_TIMESTAMP_REFUSED/u)])
    expect(stderr).toMatch(reason)
    expect(() => readFileSync(join(data, 'audit/timestamps/6.tsr'))).toThrow(/ENOENT/u)
  })
})
