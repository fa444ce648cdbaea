import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { EngineSim, EngineSimOptions } from '../engine-sim.ts'
import { parseFaultRule } from '../faults.ts'
import type { ManualTime } from '../testing.ts'
import { startSim, until } from '../testing.ts'

const open: EngineSim[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((sim) => sim.close()))
})

interface Started {
  readonly sim: EngineSim
  readonly time: ManualTime
  readonly url: string
  readonly call: (fault: string, stream: boolean, signal?: AbortSignal) => Promise<Response>
}

async function start(options: Partial<EngineSimOptions> = {}): Promise<Started> {
  const { sim, time, url } = await startSim({ allowFaultHeaders: true, ...options })
  open.push(sim)
  const ask = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 20, ignore_eos: true }
  const call: Started['call'] = (fault, stream, signal) => fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ ...ask, stream }), ...(signal === undefined ? {} : { signal }), headers: fault === '' ? {} : { 'x-sim-fault': fault } })
  return { sim, time, url, call }
}

/** All that comes of a body, and whether it ended well. */
async function drained(response: Response, most = Number.POSITIVE_INFINITY): Promise<{ readonly text: string; readonly bytes: number; readonly ended: boolean }> {
  const reader = response.body!.getReader()
  let text = ''
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return { text, bytes, ended: true }
      bytes += value.length
      if (text.length < 100_000) text += Buffer.from(value).toString()
      if (bytes > most) {
        await reader.cancel()
        return { text, bytes, ended: false }
      }
    }
  } catch {
    return { text, bytes, ended: false }
  }
}

/** What comes back for bytes on a socket, until it closes. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (data) => {
      text += data.toString()
      if (text.includes('\r\n\r\n')) socket.destroy()
    })
    socket.on('close', () => resolve(text))
    socket.on('error', () => {})
  })
}

/** What thirty calls get where rates decide. */
async function statuses(): Promise<number[]> {
  const { call } = await start({ seed: 9, faults: [parseFaultRule('rate-limit=0.3'), parseFaultRule('error=0.3')] })
  const list: number[] = []
  for (let index = 0; index < 30; index++) list.push((await call('', false)).status)
  return list
}

const contents = (text: string): string[] => [...text.matchAll(/"content":"( [a-z]{3})"/gu)].map(([, word]) => word!)

describe.each([[true], [false]])('faults (stream: %s)', (stream) => {
  it.each([
    ['rate-limit;retry-after=7', 429, '7', 'RateLimitError'],
    ['error', 500, null, 'InternalServerError'],
    ['unavailable;retry-after=3', 503, '3', 'ServiceUnavailableError'],
  ])('%s is a refusal in JSON', async (fault, status, retryAfter, type) => {
    const { call } = await start()
    const response = await call(fault, stream)
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter])
    expect(await response.json()).toMatchObject({ error: { type, code: status } })
  })

  it('reset closes before any header', async () => {
    const { call } = await start()
    await expect(call('reset', stream)).rejects.toMatchObject({ cause: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/u) } })
  })

  it('hang sends not a byte until the client goes', async () => {
    const { sim, call } = await start()
    const controller = new AbortController()
    let answered = false
    const hanging = call('hang', stream, controller.signal).then(
      () => (answered = true),
      () => null,
    )
    await (await call('', stream)).text()
    expect(answered).toBe(false)
    expect(sim.stats().running).toBe(0)
    controller.abort()
    await hanging
  })

  it('wrong-type is a page that a stray web server would send', async () => {
    const { call } = await start()
    const response = await call('wrong-type', stream)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html'])
    expect(await response.text()).toContain('<!doctype html>')
  })

  it('invalid-json is half a JSON in a whole answer', async () => {
    const { call } = await start()
    const { text, ended } = await drained(await call('invalid-json', stream))
    expect([text.includes('{"id":"chatcmpl-0","choices":[{'), ended]).toEqual([true, true])
  })

  it('endless-line has no line break for as long as was asked, as fast as it is read', async () => {
    const { call } = await start()
    const { text, bytes, ended } = await drained(await call('endless-line;bytes=5000000', stream))
    expect([text.startsWith('data: xxxx'), text.includes('\n'), ended]).toEqual([true, false, true])
    expect(bytes).toBeGreaterThan(5_000_000)
  })

  it('endless-line stops when the client goes', async () => {
    const { sim, call } = await start()
    expect(await drained(await call('endless-line;bytes=1000000000', stream), 3_000_000)).toMatchObject({ ended: false })
    await sim.close()
  })

  it('gzip-bomb unpacks to as much as was asked from a thousandth of it', async () => {
    const { call } = await start()
    const response = await call('gzip-bomb;bytes=20000000', stream)
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect((await drained(response)).bytes).toBe(20 * 2 ** 20)
  })

  it('an unknown fault is a bad request', async () => {
    const { call } = await start()
    expect((await call('explode', stream)).status).toBe(400)
  })

  it('the slot is free after each fault', async () => {
    const { sim, call } = await start()
    for (const fault of ['reset', 'reset-stream', 'half-chunk', 'truncate', 'rate-limit', 'invalid-json']) await call(fault, stream).then(drained, () => null)
    await until(() => sim.stats().running === 0)
    expect(sim.stats()).toMatchObject({ waiting: 0, replicas: [{ kvUsage: 0 }] })
    expect((await call('', stream)).status).toBe(200)
  })
})

describe('faults in mid-stream', () => {
  it('reset-stream gives the tokens before it, then resets', async () => {
    const { call, sim } = await start()
    const { text, ended } = await drained(await call('reset-stream;after=4', true))
    expect([contents(text).length, ended, text.includes('[DONE]')]).toEqual([4, false, false])
    expect(sim.stats().finished.abort).toBe(1)
  })

  it('reset-stream after more tokens than there are comes before the end', async () => {
    const { call } = await start()
    const { text, ended } = await drained(await call('reset-stream;after=999', true))
    expect([contents(text).length, ended, text.includes('finish_reason":"')]).toEqual([20, false, false])
  })

  it('half-chunk breaks off within an event', async () => {
    const { call } = await start()
    const { text, ended } = await drained(await call('half-chunk;after=2', true))
    expect([contents(text).length, ended]).toEqual([2, false])
    expect(text.split('\n\n').at(-1)).toMatch(/^data: \{"id"/u)
  })

  it('truncate ends as if all were well, but for the end mark', async () => {
    const { call } = await start()
    const { text, ended } = await drained(await call('truncate;after=2', true))
    expect([contents(text).length, ended, text.includes('[DONE]'), text.endsWith('\n\n')]).toEqual([2, true, false, true])
  })

  it('breaks off in the middle of an answer that is not streamed', async () => {
    const { call } = await start()
    for (const fault of ['reset-stream', 'half-chunk']) expect(await drained(await call(fault, false))).toMatchObject({ ended: false })
    const truncated = await drained(await call('truncate', false))
    expect(truncated.ended).toBe(true)
    expect(() => JSON.parse(truncated.text)).toThrow(SyntaxError)
  })

  it('slow puts time before each token, and the client may go in between', async () => {
    const { call, time, sim } = await start()
    const response = await call('slow;ms=100', true)
    let text = ''
    const reading = (async () => {
      for await (const piece of response.body!) text += Buffer.from(piece).toString()
    })()
    await until(() => sim.stats().generatedTokens === 20)
    time.advance(350)
    await until(() => contents(text).length === 3)
    time.advance(3000)
    await reading
    expect(contents(text)).toHaveLength(20)
    const second = new AbortController()
    await call('slow;ms=100', true, second.signal)
    second.abort()
    await until(() => sim.stats().finished.abort === 1)
    time.advance(60_000)
    expect(sim.stats()).toMatchObject({ running: 0, finished: { length: 1, abort: 1 } })
  })
})

describe('faults by rate', () => {
  it('befall the same requests for the same seed', async () => {
    const first = await statuses()
    expect(new Set(first)).toEqual(new Set([200, 429, 500]))
    expect(await statuses()).toEqual(first)
  })

  it('the header is not obeyed unless that was allowed', async () => {
    const { call } = await start({ allowFaultHeaders: false })
    expect((await call('error', false)).status).toBe(200)
  })
})

describe('raw input', () => {
  it('that is no HTTP is a 400, and the server goes on', async () => {
    const { url, call } = await start()
    expect(await raw(url, 'nonsense\r\n\r\n')).toContain('400 Bad Request')
    expect((await call('', false)).status).toBe(200)
  })

  it('that ends within the body costs nothing', async () => {
    const { url, sim, call } = await start()
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"messages"', () => socket.destroy()))
      socket.on('close', () => resolve())
    })
    expect((await call('', false)).status).toBe(200)
    expect(sim.stats()).toMatchObject({ running: 0, finished: { length: 1 } })
  })
})
