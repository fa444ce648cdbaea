import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import { CHAT, chatAnswer, chatChunks, rawCall, rawClient, sendJson, startUpstream, stopAll } from '../../route/gateway/testing.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { serveProcess, writeConfig, type ServeProcess } from './testing-process.ts'
import { scratchFolder } from './testing-whole.ts'

type Client = Awaited<ReturnType<typeof rawClient>>

/** One process for all of these tests, the last of which ends it. */
const folder = scratchFolder()
const clients: Client[] = []
let finishStreams: () => void
let upstreamUrl = ''
let serve: ServeProcess
let port = 0

beforeAll(async () => {
  const open: (() => void)[] = []
  const upstream = await startUpstream((res, body) => {
    if (body['stream'] !== true) return sendJson(res, chatAnswer())
    const chunks = chatChunks(['a', 'b'], true)
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunks.slice(0, 2).join(''))
    open.push(() => res.end(chunks.slice(2).join('')))
    return undefined
  })
  finishStreams = () => open.forEach((end) => end())
  upstreamUrl = upstream.url
  writeConfig(folder, upstreamUrl)
  serve = serveProcess(folder)
  port = await serve.serving
})
afterAll(stopAll)

/** Starts so many streams that go on until `finishStreams`. */
async function stream(count: number): Promise<void> {
  const more = await Promise.all(Array.from({ length: count }, () => rawClient(port)))
  for (const client of more) client.socket.write(rawCall({ ...CHAT, stream: true }, ['connection: close']))
  await Promise.all(more.map((client) => client.until(/"content":"a"/u)))
  clients.push(...more)
}

function takesCalls(): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then(({ ok }) => ok, () => false)
}

describe('a process that cannot start ends by itself, says what to do and leaves nothing open', () => {
  it('port in use', async () => {
    const own = scratchFolder()
    writeConfig(own, upstreamUrl)
    const failed = serveProcess(own, { SPILLWAY_PORT: String(port) })
    expect([await failed.ended, failed.output()]).toEqual([2, `error LISTEN_FAILED: port ${port} of 127.0.0.1 is in use. Stop what uses it, or choose another with SPILLWAY_PORT\n`])
    // The mark of a journal that was not closed, which the next start would take for a crash.
    expect(existsSync(join(own, 'data/journal/lock'))).toBe(true)
    expect(existsSync(join(own, 'data/journal/open'))).toBe(false)
  })

  it('a data folder that another process serves from: two could spend one budget twice (peer defect 9)', async () => {
    const failed = serveProcess(folder)
    expect([await failed.ended, failed.output()]).toEqual([2, expect.stringMatching(/^error JOURNAL_LOCKED: .*another Spillway writes to this journal.*SPILLWAY_DATA/u)])
  })
})

describe('a process under load', () => {
  it('reload: an invalid file leaves the old one in force, a valid one counts', async () => {
    const file = join(folder, 'spillway.yaml')
    const valid = readFileSync(file, 'utf8')
    await stream(50)
    writeFileSync(file, valid.replace('pools:', 'poools:'))
    serve.signal('SIGHUP')
    await serve.until(/the configuration was not reloaded/u)
    await stream(50)
    writeFileSync(file, `${valid}limits: { maxBody: 300B }\n`)
    serve.signal('SIGHUP')
    await serve.until(/the configuration was reloaded/u)
    await stream(50)
    const large = await rawClient(port)
    large.socket.write(rawCall({ ...CHAT, pad: 'x'.repeat(400) }))
    expect(await large.until(/"code":/u)).toContain('"code":"body_too_large"')
  })

  it('SIGTERM: no new calls; streams from before, over both reloads, finish; all are on record; status 0', async () => {
    serve.signal('SIGTERM')
    while (await takesCalls());
    finishStreams()
    for (const client of clients) expect(await client.closed).toMatch(/"content":"b".*data: \[DONE\]\n\n.*x-spillway-cost-usd/su)
    expect(await serve.ended).toBe(0)

    const records: CallRecord[] = []
    for await (const { record } of journalReader(join(folder, 'data/journal')).read(0)) records.push(record as CallRecord)
    const served = Object.groupBy(records.filter(({ outcome }) => outcome === 'ok'), ({ configVersion }) => configVersion)
    expect(Object.values(served).map((calls) => calls!.length)).toEqual([100, 50])
    expect(records.filter(({ outcome }) => outcome !== 'ok').map(({ errorCode }) => errorCode)).toEqual(['body_too_large'])
    expect(existsSync(join(folder, 'data/journal/open'))).toBe(false)
  })
})
