import { expect, it } from 'vitest'
import { partialSuccess, rpcStatus } from './writer.ts'
import { countItems } from './count.ts'
import { decode, encode } from './testing.ts'

it.each([[1, 'one'], [300, 'a text with ü'], [2 ** 31, '']])('partial success of %i is what the library reads', (rejected, message) => {
  expect(decode('ExportTraceServiceResponse', partialSuccess(rejected, message))).toEqual({ partialSuccess: { rejectedSpans: String(rejected), ...(message === '' ? {} : { errorMessage: message }) } })
})

it('full success is empty', () => expect(partialSuccess(0, '')).toHaveLength(0))

it('a failure is a google.rpc.Status', () => expect(decode('RpcStatus', rpcStatus(3, 'bad'))).toEqual({ code: 3, message: 'bad' }))

it('log records are counted over all resources and scopes', () => {
  const scopeLogs = [{ logRecords: [{}, { severityText: 'INFO' }] }, { logRecords: [{}] }]
  expect(countItems(encode('ExportLogsServiceRequest', { resourceLogs: [{ scopeLogs }, { scopeLogs }] }))).toBe(6)
})
