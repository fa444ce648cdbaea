import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { CallRecord } from '../../core/call.ts'
import { CHAT, chatAnswer, KEY, sendJson, startUpstream, stopAll } from '../../route/gateway/testing.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { canMount, fillDisk, smallDisk } from '../../store/journal-file/testing-small-disk.ts'
import { serveProcess, writeConfig } from './testing-process.ts'
import { scratchFolder } from './testing-whole.ts'

afterAll(stopAll)

describe.runIf(canMount)('a data folder whose disk is really full', () => {
  it('calls are served all the same; readiness says what is wrong; when there is space again every record is there', async () => {
    const folder = scratchFolder()
    const data = join(folder, 'data')
    smallDisk(data, 8)
    const { url } = await startUpstream((res) => sendJson(res, chatAnswer()))
    writeConfig(folder, url)
    const serve = serveProcess(folder)
    const base = `http://127.0.0.1:${await serve.serving}`
    let calls = 0
    const call = async (): Promise<number> => {
      calls++
      const response = await fetch(`${base}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }, body: JSON.stringify(CHAT) })
      await response.arrayBuffer()
      return response.status
    }
    const notes = async (): Promise<string> => await (await fetch(`${base}/readyz`)).text()
    expect(await call()).toBe(200)

    const free = fillDisk(data)
    // What is left of the last page of the file still takes some.
    await vi.waitFor(
      async () => {
        expect(await call()).toBe(200)
        expect(await notes()).toContain('the disk is full (ENOSPC)')
      },
      { timeout: 60_000, interval: 20 },
    )
    expect(await Promise.all(Array.from({ length: 50 }, call))).toEqual(Array.from({ length: 50 }, () => 200))
    expect((await fetch(`${base}/readyz`)).status).toBe(200)

    free()
    await vi.waitFor(async () => expect(await notes()).not.toContain('journal'), { timeout: 60_000, interval: 50 })
    serve.signal('SIGTERM')
    expect(await serve.ended).toBe(0)
    const records: CallRecord[] = []
    for await (const { record } of journalReader(join(data, 'journal')).read(0)) records.push(record as CallRecord)
    expect(records.filter(({ kind, outcome }) => kind === 'call' && outcome === 'ok')).toHaveLength(calls)
    expect(records.filter(({ kind }) => (kind as string) === 'gap')).toEqual([])
  })
})
