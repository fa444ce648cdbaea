import type { ServerResponse } from 'node:http'
import { queryErrorOf } from '../../measure/query/query-error.ts'
import { apiErrorOf } from './api-error.ts'
import { type Headers, sendError } from './respond.ts'

/** Answers what was thrown: an error of the API as it is, a defect as 500 without its words, which `onDefect` gets. */
export function fail(response: ServerResponse, thrown: unknown, onDefect: (error: unknown) => void, headers: Headers = {}): void {
  const error = apiErrorOf(thrown)
  if (error !== null) return sendError(response, error, headers)
  const query = queryErrorOf(thrown)
  if (query !== null) return sendError(response, { status: query.status, code: query.code, message: query.message, param: query.param, retryAfterSeconds: query.status === 429 || query.status === 503 ? 1 : null }, headers)
  onDefect(thrown)
  sendError(response, { status: 500, code: 'internal_error', message: 'Spillway failed at this; it is in its log.', param: null, retryAfterSeconds: null })
}
