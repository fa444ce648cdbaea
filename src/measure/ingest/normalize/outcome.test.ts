import { expect, it } from 'vitest'
import { NO_ATTRIBUTES, type OtlpSpan } from '../span.ts'
import { Facts } from './facts.ts'
import { endingOf } from './outcome.ts'

const SPAN: OtlpSpan = { traceId: '', spanId: '', parentSpanId: '', name: '', startMs: 0, endMs: 0, statusCode: 0, statusMessage: '', attributes: NO_ATTRIBUTES, events: [], scope: { name: '', version: '' }, resource: NO_ATTRIBUTES }
const ending = (parts: Partial<OtlpSpan>, said: Readonly<Record<string, string | number>> = {}) => endingOf({ ...SPAN, ...parts }, new Facts().read({ names: Object.keys(said), values: Object.values(said) }))
const exception = (type: string) => [{ name: 'exception', timeMs: 0, attributes: { names: ['exception.type'], values: [type] } }]

it.each([
  ['nothing said', ending({}), 'ok', null, null],
  ['status ok with an HTTP status', ending({ statusCode: 1 }, { 'http.response.status_code': 200 }), 'ok', 200, null],
  ['status error alone', ending({ statusCode: 2 }), 'error', null, 'error'],
  ['a message', ending({ statusCode: 2, statusMessage: 'slow down' }), 'error', null, 'slow down'],
  ['an error type that is a status', ending({ statusCode: 2 }, { 'error.type': '429' }), 'error', 429, '429'],
  ["Langfuse's level", ending({}, { 'langfuse.observation.level': 'ERROR', 'langfuse.observation.status_message': 'bad' }), 'error', null, 'bad'],
  ['a level that is none', ending({}, { 'langfuse.observation.level': 'WARNING' }), 'ok', null, null],
  ['an abort', ending({ statusCode: 2, events: exception('AbortError') }), 'client-aborted', null, 'AbortError'],
  ['a timeout', ending({ statusCode: 2 }, { 'error.type': 'APIConnectionTimeoutError' }), 'timed-out', null, 'APIConnectionTimeoutError'],
  ['a provider error whose message mentions an abort', ending({ statusCode: 2, statusMessage: 'job aborted by policy', events: exception('BadRequestError') }), 'error', null, 'BadRequestError'],
  ['a status beyond HTTP', ending({ statusCode: 2 }, { 'http.status_code': 99_999 }), 'error', null, 'error'],
])('%s', (_, found, outcome, status, errorCode) => expect(found).toEqual({ outcome, status, errorCode }))
