import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { httpClient, type HttpSend, type SmallAnswer } from '../../route/pools/http-send.ts'
import { answerOf, poolOf } from '../../route/pools/testing.ts'
import { checkClock } from './check-clock.ts'
import { checkDataFolder, checkNode, checkPort } from './check-host.ts'
import { checkPool } from './check-pools.ts'
import { checkPrice } from './check-prices.ts'
import type { Finding } from './finding.ts'
import { serve } from './testing.ts'

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-doctor-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const plenty = (): number => 50e9
const models = (...ids: string[]): string => JSON.stringify({ object: 'list', data: ids.map((id) => ({ id })) })

function sending(answer: SmallAnswer | Error): HttpSend {
  return () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer))
}

describe('checkNode', () => {
  it.each([['v24.21.0', 'ok'], ['v26.0.0', 'ok'], ['v22.10.0', 'fail'], ['nonsense', 'fail']])('%s: %s', (version, status) => {
    expect(checkNode(version).status).toBe(status)
  })
})

describe('checkDataFolder', () => {
  it('makes the folder, private', () => {
    expect(checkDataFolder(join(scratch(), 'a', 'b'), plenty)).toMatchObject([{ status: 'ok', message: expect.stringContaining('50.0 GB free') }])
  })

  it('one that others can look into is worth a warning, with the command that mends it', () => {
    const folder = join(scratch(), 'open')
    mkdirSync(folder)
    chmodSync(folder, 0o755)
    expect(checkDataFolder(folder, plenty)[1]).toEqual({ status: 'warn', check: 'data', message: 'others on this machine can look into it (mode 755)', mend: `chmod 700 ${folder}` })
  })

  it.each([[1e9, 'warn'], [50e6, 'fail'], [0, 'fail']])('with %d bytes free: %s', (free, status) => {
    expect(checkDataFolder(scratch(), () => free)[0]?.status).toBe(status)
  })

  it('a file in its place, or a place where none can be made, fails', () => {
    const file = join(scratch(), 'file')
    writeFileSync(file, '')
    expect(checkDataFolder(file, plenty)).toMatchObject([{ status: 'fail' }])
    expect(checkDataFolder(join(file, 'below'), plenty)).toMatchObject([{ status: 'fail', message: expect.stringContaining('ENOTDIR') }])
  })
})

describe('checkPort', () => {
  const client = httpClient()

  it('free', async () => {
    expect(await checkPort('127.0.0.1', 0, client.send)).toMatchObject({ status: 'ok' })
  })

  it('in use by another program: fails; by Spillway itself: fine', async () => {
    const other = await serve((_, response) => response.end('hello'))
    expect(await checkPort('127.0.0.1', other.port, client.send)).toMatchObject({ status: 'fail', message: `127.0.0.1:${other.port} is in use by another program` })
    const own = await serve((_, response) => response.end('{"status":"ok"}'))
    expect(await checkPort('127.0.0.1', own.port, client.send)).toMatchObject({ status: 'ok', message: expect.stringContaining('Spillway is serving there') })
  })

  it('an address that is not of this machine', async () => {
    expect(await checkPort('203.0.113.7', 8787, client.send)).toMatchObject({ status: 'fail', mend: expect.stringContaining('server.host') })
  })
})

async function check(answer: SmallAnswer | Error, parts: Parameters<typeof poolOf>[0] = {}): Promise<Finding | undefined> {
  return (await checkPool(poolOf({ kind: 'dedicated', ...parts }), sending(answer), () => 1000)).findings[0]
}

describe('checkPool', () => {
  it('serves the model under the name that the upstream knows', async () => {
    expect(await check(answerOf(200, models('upstream-m', 'other')))).toEqual({ status: 'ok', check: 'pool spill', message: 'a serves upstream-m', mend: null })
  })

  it('does not serve it: says what it serves instead', async () => {
    expect(await check(answerOf(200, models('m-instruct')))).toMatchObject({ status: 'fail', message: 'a does not serve upstream-m', mend: 'It serves m-instruct; write models as {asked name: name there}' })
  })

  it.each([
    [answerOf(401, ''), 'fail', 'a refuses the credentials (status 401)'],
    [answerOf(403, ''), 'fail', 'a refuses the credentials (status 403)'],
    [answerOf(503, ''), 'fail', 'a answers with status 503'],
    [answerOf(404, ''), 'warn', 'a answers, but has no list of models (status 404)'],
    [answerOf(200, '<html>'), 'warn', 'a answers, but not with a list of models'],
    [answerOf(200, '{"data":[null,3]}'), 'fail', 'a does not serve upstream-m'],
    [new Error('connection refused'), 'fail', 'a does not answer: connection refused'],
  ])('%j: %s, %s', async (answer, status, message) => {
    expect(await check(answer)).toMatchObject({ status, message })
  })

  it('a serverless pool that does not answer may be asleep', async () => {
    expect(await check(new Error('no answer within 10000 ms'), { kind: 'serverless' })).toMatchObject({ status: 'warn' })
  })

  it('where requests have to be signed, an answer is all that can be asked for', async () => {
    expect(await check(answerOf(403, ''), { auth: { type: 'aws-sigv4', region: 'us-east-1', service: 'bedrock' } })).toMatchObject({ status: 'ok' })
  })

  it("tells how far the upstream's clock is off", async () => {
    const skew = async (seconds: number): Promise<number | null> => (await checkPool(poolOf(), sending({ ...answerOf(200, models('upstream-m')), date: new Date(seconds * 1000).toUTCString() }), () => 1_000_000)).skewMs
    expect(await skew(1000)).toBe(500)
    expect(await skew(1090)).toBe(90_500)
    expect((await checkPool(poolOf(), sending(answerOf(200, '')), () => 0)).skewMs).toBe(null)
    expect((await checkPool(poolOf(), sending({ ...answerOf(200, ''), date: 'yesterday' }), () => 0)).skewMs).toBe(null)
  })
})

describe('checkPrice', () => {
  it.each([
    ['x@2026-11-20', 'ok', 'x of 2026-11-20 (5 days old)'],
    ['a/b@2026-01-01', 'warn', 'a/b is of 2026-01-01, 328 days old'],
    ['own@1a2b3c4d', 'ok', 'from the configuration itself'],
  ])('%s: %s, %s', (priceVersion, status, message) => {
    expect(checkPrice(poolOf({ priceVersion }), Date.parse('2026-11-25T12:00Z'))).toMatchObject({ status, message })
  })
})

describe('checkClock', () => {
  it.each([
    [500, 'ok', 'agrees with an upstream'],
    [-7000, 'warn', 'this machine is 7 s ahead of an upstream'],
    [90_500, 'fail', 'this machine is 91 s behind an upstream'],
    [null, 'warn', 'no upstream said what time it is'],
  ])('%d ms: %s', (skew, status, message) => {
    expect(checkClock(skew)).toMatchObject({ status, message })
  })
})
