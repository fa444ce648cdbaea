import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SseSplitter, type SseEvent } from './sse.ts'

type Plain = readonly [type: string, data: string | null]

/** Feeds the bytes in pieces cut at the given places, and returns what came out. */
function split(bytes: Buffer, cuts: readonly number[] = [], maxEventBytes = 1024): SseEvent[] {
  const events: SseEvent[] = []
  const splitter = new SseSplitter((event) => events.push(event), { maxEventBytes })
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  for (let i = 1; i < places.length; i++) splitter.push(bytes.subarray(places[i - 1], places[i]))
  splitter.end()
  return events
}

function plain(text: string, cuts?: readonly number[]): Plain[] {
  return split(Buffer.from(text), cuts).map((event) => [event.type, event.data === null ? null : event.data.toString()])
}

function seen(events: readonly SseEvent[]): unknown {
  return events.map((event) => [event.type, event.data?.toString(), event.raw.toString(), event.closed])
}

describe('SseSplitter', () => {
  it('reads events with and without a type', () => {
    expect(plain('data: {"a":1}\n\nevent: ping\ndata:x\n\n')).toEqual([['', '{"a":1}'], ['ping', 'x']])
  })

  it.each([['LF', '\n'], ['CRLF', '\r\n'], ['CR', '\r']])('takes %s as the end of a line', (_, newline) => {
    expect(plain(['event: a', 'data: 1', '', 'data: 2', '', ''].join(newline))).toEqual([['a', '1'], ['', '2']])
  })

  it('joins several data lines by LF, and drops one leading space alone', () => {
    expect(plain('data: a\ndata:b\ndata:  c\ndata\n\n')).toEqual([['', 'a\nb\n c\n']])
  })

  it('gives comments, ids and retries as a block without data, so that they can be passed on', () => {
    const events = split(Buffer.from(': keep-alive\n\nid: 7\nretry: 10\n\ndata: x\n\n'))
    expect(events.map((event) => [event.data?.toString() ?? null, event.raw.toString()])).toEqual([[null, ': keep-alive\n\n'], [null, 'id: 7\nretry: 10\n\n'], ['x', 'data: x\n\n']])
  })

  it('skips a byte order mark at the start, and only there', () => {
    expect(plain('\ufeffdata: a\n\n\ufeffdata: b\n\n', [1, 2])).toEqual([['', 'a'], ['', null]])
  })

  it('ignores fields that it does not know and names that only begin like one it does', () => {
    expect(plain('database: 1\ndat: 2\neventually: 3\ndata: 4\n\n')).toEqual([['', '4']])
  })

  it('hands over a last event that no blank line closes, and says so', () => {
    expect(split(Buffer.from('data: a\n\ndata: [DONE]'), [12]).map((event) => [event.data?.toString(), event.closed])).toEqual([['a', true], ['[DONE]', false]])
    expect(split(Buffer.from('data: a\n')).map((event) => [event.data?.toString(), event.closed])).toEqual([['a', false]])
  })

  it('waits for the LF of a CRLF that falls apart, and for nothing else', () => {
    const events: string[] = []
    const splitter = new SseSplitter((event) => events.push(event.raw.toString()))
    const after = (piece: string): string[] => {
      splitter.push(Buffer.from(piece))
      return events.splice(0)
    }
    expect([after('data: a\r\n\r'), after(''), after('\ndata: b\r\r'), after('data: c\n\n')]).toEqual([[], [], ['data: a\r\n\r\n'], ['data: b\r\r', 'data: c\n\n']])
    splitter.push(Buffer.from('data: d\r\r'))
    splitter.end()
    expect(events).toEqual(['data: d\r\r'])
  })

  it('hands over nothing for nothing', () => {
    expect(plain('')).toEqual([])
  })

  it.each([
    ['an endless line', `data: ${'x'.repeat(2000)}`],
    ['an endless event of short lines', 'data: x\n'.repeat(300)],
    ['a whole event in one chunk', `data: ${'x'.repeat(2000)}\n\n`],
    ['endless comments', ': x\n'.repeat(500)],
  ])('refuses %s, whole or in pieces', (_, text) => {
    const refusal = expect.objectContaining({ code: 'SSE_EVENT_TOO_LONG' })
    const bytes = Buffer.from(text)
    expect(() => split(bytes)).toThrow(refusal)
    expect(() => split(bytes, Array.from(bytes, (_, index) => index))).toThrow(refusal)
  })

  it('bears a long event in chunks of one byte', () => {
    const bytes = Buffer.from(`data: ${'x'.repeat(300_000)}\n\n`)
    const events = split(bytes, Array.from(bytes, (_, index) => index), 400_000)
    expect(events.map((event) => event.data?.length)).toEqual([300_000])
  })

  it('leaves what it handed over alone when more comes', () => {
    const events: SseEvent[] = []
    const splitter = new SseSplitter((event) => events.push(event))
    for (const piece of ['da', 'ta: one\n', '\nda', 'ta: two\n\ndata: thr', 'ee\n\n']) splitter.push(Buffer.from(piece))
    expect(events.map((event) => event.data?.toString())).toEqual(['one', 'two', 'three'])
    expect(events.map((event) => event.raw.toString()).join('')).toBe('data: one\n\ndata: two\n\ndata: three\n\n')
  })

  const line = fc.oneof(fc.constantFrom('data: x', 'data:', 'event: e', ': c', '', 'data: é\u2028€', 'id: 1', '\ufeff'), fc.string({ maxLength: 6 }))
  const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 30 }).map((lines) => Buffer.from(lines.flat().join('')))

  it('property: cuts change nothing, not even within a CRLF', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
        expect(seen(split(bytes, cuts))).toEqual(seen(split(bytes)))
      }),
    )
  })

  it('property: the raw blocks are the stream', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
        expect(Buffer.concat(split(bytes, cuts).map((event) => event.raw))).toEqual(bytes)
      }),
    )
  })
})
