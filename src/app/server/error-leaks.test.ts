import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REFUSAL_CODES } from '../../route/admission/refusals.ts'
import { PROVIDER_SECRET, sendJson, startUpstream, stopAll } from '../../route/gateway/testing.ts'
import { CALL_ERROR_CODES } from '../../route/protocols/parse-error.ts'
import { openDataDir } from '../../store/control/data-dir.ts'
import { putKeys, SECRETS, WRONG_SECRETS } from './testing-keys.ts'
import { WALKS } from './testing-walks.ts'
import { scratchFolder, startWhole, type Whole } from './testing-whole.ts'
import { BODY_CANARY, configOf, worldOf, type FaceName, type World } from './testing-world.ts'

const upstream: World['upstream'] = { url: '', answer: (res) => sendJson(res, {}), came: () => {} }
const dataDir = scratchFolder()
let whole: Whole
/** What nobody may see, by what it is. */
let canaries: Readonly<Record<string, string>> = {}
/** All that the upstream was sent. */
let sent = ''

beforeAll(async () => {
  const { url } = await startUpstream((res, body, req) => {
    sent += JSON.stringify([req.headers, body])
    upstream.came()
    upstream.answer(res, body, req)
  })
  upstream.url = url
  const { store, pepper } = openDataDir(dataDir)
  await putKeys(store, pepper)
  await store.close()
  whole = await startWhole(configOf(url), dataDir)
  const hidden = Buffer.from(pepper)
  canaries = { 'provider secret': PROVIDER_SECRET, 'static key': whole.staticKey, ...SECRETS, ...WRONG_SECRETS, 'pepper in hex': hidden.toString('hex'), 'pepper in base 64': hidden.toString('base64'), prompt: BODY_CANARY, 'address of an upstream': new URL(url).host, 'data folder': dataDir }
})
afterAll(stopAll)

/** Names of the canaries that a text tells, spelled with escapes too. */
function told(text: string, except: readonly string[] = []): string[] {
  const plain = text.replaceAll(/\\u([0-9a-f]{4})/gu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Object.entries(canaries).flatMap(([name, canary]) => (plain.includes(canary) && !except.includes(name) ? [name] : []))
}

/** The error that an answer ends with: its body, or the last event of a stream. */
function errorOf(text: string): unknown {
  const events = [...text.matchAll(/^data: (\{.*\})$/gmu)]
  const json = events.at(-1)?.[1] ?? text.slice(text.lastIndexOf('\r\n\r\n') + 4)
  return JSON.parse(json) as unknown
}

/** Answered before anybody looked at the path, so always as OpenAI would. */
const BELOW = new Set(['bad_request', 'headers_too_large'])

const SHAPES: Readonly<Record<FaceName, (code: string) => unknown>> = {
  openai: (code) => ({ error: { message: expect.any(String), type: expect.any(String), param: null, code } }),
  anthropic: (code) => ({ type: 'error', error: { type: expect.stringMatching(/_error$|^request_too_large$/u), message: expect.any(String), details: { error_code: code } }, request_id: null }),
}

const ways = Object.entries(WALKS).flatMap(([code, walks]) => Object.entries(walks).map(([how, walk]) => [code, how, walk] as const))

describe.each<FaceName>(['openai', 'anthropic'])('every error, through the API of %s: its own JSON, a stable code, no secret', (face) => {
  it.each(ways)('%s: %s', async (code, _, walk) => {
    const text = await walk(worldOf(whole, upstream, face))
    // What an upstream says against a call is for whoever sent the call, who may see his own words in it.
    expect(told(text, code === 'upstream_rejected' ? ['prompt'] : [])).toEqual([])
    const error = errorOf(text.replace(/"param":"[^"]*"/u, '"param":null'))
    expect(error).toEqual(SHAPES[BELOW.has(code) ? 'openai' : face](code))
    // An error after the beginning of a stream comes under the status that it began with.
    expect(/^HTTP\/1\.1 [45]\d\d /u.test(text)).toBe(!/\r\ncontent-type: text\/event-stream\r\n/iu.test(text))
  })
})

describe('after all of them', () => {
  it('every code had its walk', () => {
    expect(Object.keys(WALKS).toSorted()).toEqual([...CALL_ERROR_CODES, ...REFUSAL_CODES, 'upstream_rejected'].toSorted())
  })

  it('the canaries were on their way: upstreams had prompt and credentials', () => {
    expect(told(sent).toSorted()).toEqual(['address of an upstream', 'prompt', 'provider secret'])
  })

  it('metrics, readiness and health tell nothing', async () => {
    for (const path of ['/metrics', '/readyz', '/healthz']) expect(told(await (await whole.get(path)).text())).toEqual([])
  })

  it('the log, the journal and the database hold nothing', async () => {
    await whole.server.stop()
    expect(whole.logged.length).toBeGreaterThan(10)
    expect(told(whole.logged.join('\n'), ['data folder'])).toEqual([])
    expect(whole.records.length).toBeGreaterThan(ways.length)
    expect(told(JSON.stringify(whole.records))).toEqual([])
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'pepper')
    const journal = files.filter(({ name }) => name.endsWith('.journal'))
    expect(journal.length).toBeGreaterThan(0)
    for (const { parentPath, name } of files) expect([name, told(readFileSync(join(parentPath, name), 'latin1'))]).toEqual([name, []])
  })
})
