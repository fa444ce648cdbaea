import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/random.ts'
import type { Exchange, UpstreamAnswer, UpstreamRequest } from '../seams.ts'
import { Job, Pauses, errorAnswer, jsonAnswer, poll, submit, wait, type PollingTools } from './polling.ts'
import { callOf, endpointAt, fixedClock, poolOf } from './testing.ts'

const GET: UpstreamRequest = { method: 'GET', path: '/status', headers: {}, body: null }
const CANCEL: UpstreamRequest = { method: 'POST', path: '/cancel', headers: {}, body: null }
const tools: PollingTools = { clock: fixedClock, random: seededRandom(1), wait: () => Promise.resolve() }

type Answer = UpstreamAnswer | Error

function exchangeOf(answers: Answer[], signal: AbortSignal = new AbortController().signal): { readonly exchange: Exchange; readonly sent: string[] } {
  const sent: string[] = []
  const send: Exchange['send'] = async ({ path }) => {
    sent.push(path)
    const answer = answers.shift() ?? new Error('asked too often')
    if (answer instanceof Error) throw answer
    return answer
  }
  return { sent, exchange: { call: callOf('chat', { model: 'm', messages: [] }), pool: poolOf(), endpoint: endpointAt('http://x'), callId: 'c1', send, signal } }
}

describe('Pauses', () => {
  it('grow up to a second, start anew after news, and are spread by a fifth', () => {
    const middle = new Pauses(() => 0.5)
    expect(Array.from({ length: 8 }, () => middle.after(false))).toEqual([100, 150, 225, 338, 506, 759, 1000, 1000])
    expect([middle.after(true), middle.after(false)]).toEqual([100, 150])
    expect([new Pauses(() => 0).after(false), new Pauses(() => 0.999).after(false)]).toEqual([80, 120])
  })
})

describe('poll', () => {
  it('tries again after passing failures, three times in all', async () => {
    const { exchange, sent } = exchangeOf([new Error('reset'), jsonAnswer(503, {}), jsonAnswer(200, { status: 'x' })])
    expect(await poll(exchange, GET, new Pauses(tools.random), tools)).toEqual({ status: 'x' })
    expect(sent).toHaveLength(3)
  })

  it('gives up then, in our words', async () => {
    const { exchange } = exchangeOf([jsonAnswer(429, {}), new Error('canary'), jsonAnswer(500, {})])
    await expect(poll(exchange, GET, new Pauses(tools.random), tools)).rejects.toMatchObject({ failure: { code: 'upstream_failed', status: 502 }, message: expect.not.stringContaining('canary') })
  })

  it('gives up at once where the job is gone', async () => {
    const { exchange, sent } = exchangeOf([jsonAnswer(404, {})])
    await expect(poll(exchange, GET, new Pauses(tools.random), tools)).rejects.toMatchObject({ failure: { code: 'upstream_failed' } })
    expect(sent).toHaveLength(1)
  })

  it('passes an abort on', async () => {
    const aborting = new AbortController()
    const { exchange } = exchangeOf([new Error('aborted')], aborting.signal)
    aborting.abort(new Error('the client has gone'))
    await expect(poll(exchange, GET, new Pauses(tools.random), tools)).rejects.toThrow('aborted')
  })
})

describe('wait', () => {
  it('is over at once when it is aborted', async () => {
    const aborting = new AbortController()
    const waiting = wait(3_600_000, aborting.signal)
    aborting.abort()
    await expect(waiting).rejects.toThrow('aborted')
  })
})

describe('errorAnswer', () => {
  it('keeps when to come again, and no other header', () => {
    expect(errorAnswer(429, 'x', 'Later.', { 'retry-after': '7', 'set-cookie': 'canary' }).headers).toEqual({ 'content-type': 'application/json', 'retry-after': '7' })
  })
})

describe('Job', () => {
  it('is cancelled when the exchange is aborted, once', () => {
    const aborting = new AbortController()
    const { exchange, sent } = exchangeOf([jsonAnswer(200, {})], aborting.signal)
    const job = new Job(exchange, CANCEL)
    expect(sent).toEqual([])
    aborting.abort()
    job.cancel()
    expect(sent).toEqual(['/cancel'])
  })

  it('is not cancelled when it has ended', () => {
    const aborting = new AbortController()
    const { exchange, sent } = exchangeOf([], aborting.signal)
    const job = new Job(exchange, CANCEL)
    job.ended()
    aborting.abort()
    job.cancel()
    expect(sent).toEqual([])
  })

  it('bears a cancellation that fails', async () => {
    const { exchange, sent } = exchangeOf([new Error('reset')])
    new Job(exchange, CANCEL).cancel()
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    expect(sent).toEqual(['/cancel'])
  })
})

describe('submit', () => {
  it('rejects as soon as the client goes, and cancels the job when its id is known', async () => {
    const aborting = new AbortController()
    const { promise: answered, resolve: answer } = Promise.withResolvers<UpstreamAnswer>()
    const sent: string[] = []
    const { exchange } = exchangeOf([], aborting.signal)
    const send: Exchange['send'] = ({ path }) => {
      sent.push(path)
      return path === '/cancel' ? Promise.resolve(jsonAnswer(200, {})) : answered
    }
    const submitted = submit({ ...exchange, send }, GET, () => new Job({ ...exchange, send }, CANCEL))
    aborting.abort(new Error('the client has gone'))
    await expect(submitted).rejects.toThrow('the client has gone')
    expect(sent).toEqual(['/status'])
    answer(jsonAnswer(200, { id: 'j1' }))
    for (let turn = 0; turn < 100 && sent.length < 2; turn++) {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    expect(sent).toEqual(['/status', '/cancel'])
  })

  it('sends nothing for a client that has gone already', async () => {
    const { exchange, sent } = exchangeOf([], AbortSignal.abort(new Error('gone')))
    await expect(submit(exchange, GET, () => null)).rejects.toThrow('gone')
    expect(sent).toEqual([])
  })
})
