import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IngestError } from '../ingest-error.ts'
import { attribute } from '../span.ts'
import { attributesOf, decode, encode, nanos, NOW, readAllSpans, requestOf, SPAN_ID, spanObject, TRACE_ID } from './testing.ts'

const REQUEST = 'ExportTraceServiceRequest'

describe('a request', () => {
  it('is read with ids in hex, times in ms, its scope and its resource', () => {
    const status = { code: 2, message: 'slow' }
    const events = [{ name: 'exception', timeUnixNano: nanos(NOW + 5), attributes: attributesOf({ 'exception.type': 'Error' }) }]
    const bytes = encode(REQUEST, requestOf([spanObject({ attributes: attributesOf({ a: 'b', n: 7, f: 0.5, t: true }), status, events })], { name: 'ai', version: '6' }, { attributes: attributesOf({ 'service.name': 'shop' }) }))
    const { spans, rejected } = readAllSpans(bytes)
    expect(rejected).toEqual([])
    expect(spans).toEqual([
      {
        traceId: TRACE_ID, spanId: SPAN_ID, parentSpanId: '', name: 'chat', startMs: NOW, endMs: NOW + 100, statusCode: 2, statusMessage: 'slow',
        attributes: { names: ['a', 'n', 'f', 't'], values: ['b', 7, 0.5, true] },
        events: [{ name: 'exception', timeMs: NOW + 5, attributes: { names: ['exception.type'], values: ['Error'] } }],
        scope: { name: 'ai', version: '6' },
        resource: { names: ['service.name'], values: ['shop'] },
      },
    ])
  })

  it('is empty without bytes', () => expect(readAllSpans(new Uint8Array()).spans).toEqual([]))

  it.each([
    [0, 0], [-1, -1], [2 ** 53 - 1, 2 ** 53 - 1], [-(2 ** 53) + 1, -(2 ** 53) + 1], ['9223372036854775807', 9223372036854775807n], ['-9223372036854775808', -9223372036854775808n],
  ])('reads the integer %s exactly', (intValue, expected) => {
    const { spans } = readAllSpans(encode(REQUEST, requestOf([spanObject({ attributes: [{ key: 'n', value: { intValue } }] })])))
    expect(attribute(spans[0]!.attributes, 'n')).toBe(expected)
  })

  it('finds resource and scope wherever they stand in their messages', () => {
    const scoped = Buffer.concat([tagged(2, encode('Span', spanObject())), tagged(1, encode('InstrumentationScope', { name: 'late', version: '2' }))])
    const bytes = tagged(1, Buffer.concat([tagged(2, scoped), tagged(1, encode('Resource', { attributes: attributesOf({ 'service.name': 'late' }) }))]))
    expect(readAllSpans(bytes).spans[0]).toMatchObject({ scope: { name: 'late', version: '2' }, resource: { values: ['late'] } })
  })

  it('leaves out attributes that nobody wants, without decoding them', () => {
    const { spans } = readAllSpans(encode(REQUEST, requestOf([spanObject({ attributes: attributesOf({ keep: 1, drop: 2 }) })])), {}, (name) => name === 'keep')
    expect(spans[0]!.attributes).toEqual({ names: ['keep'], values: [1] })
  })
})

describe('what does not belong', () => {
  it('logs sent as traces become spans without ids', () => {
    const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: nanos(NOW), severityText: 'INFO', traceId: Buffer.from(TRACE_ID, 'hex'), spanId: Buffer.from(SPAN_ID, 'hex') }] }] }] }
    const { spans, rejected } = readAllSpans(encode('ExportLogsServiceRequest', logs))
    expect([...spans.map(({ traceId }) => traceId), ...rejected.map(() => '')]).toEqual([''])
  })

  it('a malformed span takes no other with it', () => {
    const broken = Buffer.from([0x0a, 0x7f, 1])
    const bytes = tagged(1, tagged(2, Buffer.concat([tagged(2, broken), tagged(2, encode('Span', spanObject()))])))
    const { spans, rejected } = readAllSpans(bytes)
    expect(spans.map(({ spanId }) => spanId)).toEqual([SPAN_ID])
    expect(rejected).toEqual([{ index: 0, reason: expect.stringMatching(/a part of 127 bytes where 1 are left, at byte \d+/u) }])
  })

  it.each([
    ['a cut envelope', Buffer.from([0x0a, 0x05, 1])],
    ['a number without an end', Buffer.from(Array.from({ length: 12 }, () => 0xff))],
    ['field 0', Buffer.from([0x02, 0x00])],
    ['a group', Buffer.from([0x0b, 0x0c])],
    ['a cut fixed64', Buffer.from([0x09, 1, 2])],
  ])('%s is refused with its place', (_, bytes) => {
    const read = (): unknown => readAllSpans(bytes)
    expect(read).toThrow(IngestError)
    expect(read).toThrow(expect.objectContaining({ code: 'otlp_malformed', status: 400, message: expect.stringMatching(/at byte \d+/u) }))
  })

  it('depth is limited: a span of nested lists is rejected, not followed', () => {
    let value: object = { stringValue: 'x' }
    for (let level = 0; level < 40; level++) value = { arrayValue: { values: [value] } }
    const { spans, rejected } = readAllSpans(encode(REQUEST, requestOf([spanObject({ attributes: [{ key: 'deep', value }] }), spanObject()])))
    expect([spans.length, rejected.length, rejected[0]!.reason]).toEqual([1, 1, expect.stringContaining('levels deep')])
  })

  it('what is nested far deeper is rejected as well', () => {
    let bytes: Buffer = Buffer.alloc(0)
    for (let level = 0; level < 400; level++) bytes = tagged(5, tagged(1, bytes))
    const { rejected } = readAllSpans(tagged(1, tagged(2, tagged(2, tagged(9, tagged(2, bytes))))))
    expect(rejected).toHaveLength(1)
  })

  it('counts are limited: spans refuse the request, attributes and events are cut', () => {
    const many = encode(REQUEST, requestOf(Array.from({ length: 5 }, () => spanObject())))
    expect(() => readAllSpans(many, { items: 4 })).toThrow(expect.objectContaining({ code: 'otlp_too_many', status: 413 }))
    const wide = encode(REQUEST, requestOf([spanObject({ attributes: attributesOf(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, i]))), events: Array.from({ length: 9 }, () => ({ name: 'e' })) })]))
    const { spans } = readAllSpans(wide, { attributes: 10, events: 3 })
    expect([spans[0]!.attributes.names.length, spans[0]!.events.length]).toEqual([10, 3])
  })

  it('an attribute of 10 MB counts as absent and its neighbours stay', () => {
    const { spans } = readAllSpans(encode(REQUEST, requestOf([spanObject({ attributes: attributesOf({ big: 'x'.repeat(10_000_000), small: 1 }) })])))
    expect(spans[0]!.attributes).toEqual({ names: ['small'], values: [1] })
  })

  it('an attribute named __proto__ is one like any other', () => {
    const { spans } = readAllSpans(encode(REQUEST, requestOf([spanObject({ attributes: [{ key: '__proto__', value: { kvlistValue: { values: [{ key: '__proto__', value: { stringValue: 'x' } }] } } }] })])))
    expect(Object.keys(attribute(spans[0]!.attributes, '__proto__') as object)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })
})

const anyValue: fc.Arbitrary<object> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'grapheme', maxLength: 40 }).map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => ({ intValue: String(n) })),
    fc.double({ noNaN: true }).map((doubleValue) => ({ doubleValue })),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
    fc.array(fc.record({ key: fc.string({ maxLength: 8 }), value: tie('value') }), { maxLength: 3 }).map((values) => ({ kvlistValue: { values } })),
  ),
})).value as fc.Arbitrary<object>
const keyValues = fc.array(fc.record({ key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), value: anyValue }), { maxLength: 6 })
const arbitrarySpan = fc.record({
  traceId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => Buffer.from(id)),
  spanId: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((id) => Buffer.from(id)),
  name: fc.string({ unit: 'grapheme', maxLength: 60 }),
  startTimeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
  endTimeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
  attributes: keyValues,
  events: fc.array(fc.record({ name: fc.string({ maxLength: 9 }), timeUnixNano: fc.constant('5000000'), attributes: keyValues }), { maxLength: 2 }),
  status: fc.record({ code: fc.nat(2), message: fc.string({ maxLength: 9 }) }),
})

/** The library's form of a value in ours. */
function plain(value: Record<string, unknown>): unknown {
  if ('stringValue' in value) return value['stringValue']
  if ('boolValue' in value) return value['boolValue']
  if ('intValue' in value) return Number.isSafeInteger(Number(value['intValue'])) ? Number(value['intValue']) : BigInt(value['intValue'] as string)
  if ('doubleValue' in value) return value['doubleValue']
  if ('arrayValue' in value) return ((value['arrayValue'] as { values?: Record<string, unknown>[] }).values ?? []).map(plain)
  if ('kvlistValue' in value) return Object.fromEntries(((value['kvlistValue'] as { values?: { key?: string; value?: Record<string, unknown> }[] }).values ?? []).map(({ key = '', value: one }) => [key, plain(one ?? {})] as const).filter(([, one]) => one !== undefined))
  return undefined
}

describe('against protobufjs', () => {
  it('every request is read alike', () => {
    fc.assert(
      fc.property(fc.array(arbitrarySpan, { maxLength: 4 }), (spans) => {
        const bytes = encode(REQUEST, requestOf(spans))
        const oracle = ((decode(REQUEST, bytes)['resourceSpans'] as { scopeSpans?: { spans?: Record<string, unknown>[] }[] }[])[0]?.scopeSpans?.[0]?.spans ?? []).map((span) => ({
          traceId: Buffer.from(span['traceId'] as string, 'base64').toString('hex'),
          name: span['name'] ?? '',
          startMs: Number(span['startTimeUnixNano'] ?? 0) / 1e6,
          attributes: ((span['attributes'] as { key?: string; value?: Record<string, unknown> }[] | undefined) ?? []).map(({ key, value }) => [key ?? '', plain(value ?? {})]),
          statusCode: (span['status'] as { code?: number } | undefined)?.code ?? 0,
        }))
        const ours = readAllSpans(bytes).spans.map(({ traceId, name, startMs, attributes, statusCode }) => ({ traceId, name, startMs, attributes: attributes.names.map((key, index) => [key, attributes.values[index]]), statusCode }))
        expect(ours).toEqual(oracle)
      }),
      { numRuns: 300 },
    )
  })

  it('mutated bytes: rejected or read, never a crash', () => {
    const mutation = fc.record({ at: fc.nat(), byte: fc.nat(255), how: fc.constantFrom('set', 'cut', 'insert') })
    fc.assert(
      fc.property(fc.array(arbitrarySpan, { minLength: 1, maxLength: 3 }), fc.array(mutation, { minLength: 1, maxLength: 6 }), (spans, mutations) => {
        let bytes = encode(REQUEST, requestOf(spans))
        for (const { at, byte, how } of mutations) {
          const place = at % (bytes.length + 1)
          if (how === 'cut') bytes = bytes.subarray(0, place)
          else bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from([byte]), bytes.subarray(how === 'set' ? place + 1 : place)])
        }
        // Each span has two bytes of its own at least: work is bounded by the bytes.
        expect(countOrRefusal(bytes)).toBeLessThanOrEqual(bytes.length / 2)
      }),
      { numRuns: 1000 },
    )
  })

  it('random bytes never crash it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(countOrRefusal(bytes)).toBeLessThanOrEqual(bytes.length / 2)
      }),
      { numRuns: 2000 },
    )
  })
})

/** Spans read and rejected; 0 where the request is refused. Any other error is a defect and fails the property. */
function countOrRefusal(bytes: Uint8Array): number {
  try {
    const { spans, rejected } = readAllSpans(bytes)
    return spans.length + rejected.length
  } catch (error) {
    if (error instanceof IngestError) return 0
    throw error
  }
}

/** A length-delimited field. */
function tagged(field: number, bytes: Buffer): Buffer {
  const length: number[] = []
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest > 127 ? (rest % 128) | 128 : rest)
    if (rest <= 127) break
  }
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), bytes])
}
