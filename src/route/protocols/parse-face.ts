import type { IncomingHttpHeaders } from 'node:http'
import type { Api } from '../../core/call.ts'
import type { ParsedCall } from '../seams.ts'
import type { JsonBody } from './parse-body.ts'
import type { CallFailure } from './parse-error.ts'

/** A protocol that clients speak to the gateway. It knows paths, bodies and error shapes, and nothing of pools or policies. */
export interface ClientFace {
  /** What a request is to this face; null = not its path. `path` is without the query. */
  readonly route: (method: string, path: string, headers: IncomingHttpHeaders) => FaceRoute | null
  /** The Spillway key that the request carries; null = none. */
  readonly secret: (headers: IncomingHttpHeaders) => string | null
  /** Throws CallError for a body that cannot be a call. */
  readonly parse: (api: Api, body: JsonBody, headers: IncomingHttpHeaders) => ParsedCall
  /** The JSON of an error answer. */
  readonly errorBody: (failure: CallFailure) => string
  /** The bytes that end a stream which has begun and cannot go on. */
  readonly streamError: (api: Api, failure: CallFailure) => string
}

export type FaceRoute =
  | { readonly kind: 'call'; readonly api: Api }
  /** The list of models, or one of them. `render` makes the answer of the models that the key may use. */
  | { readonly kind: 'models'; readonly render: (models: readonly string[], createdSeconds: number) => unknown }
  /** Answered here, from the body alone, after the key was checked. Throws CallError. */
  | { readonly kind: 'local'; readonly answer: (body: JsonBody, headers: IncomingHttpHeaders) => { readonly status: number; readonly json: unknown } }
  /** The path lies beneath one of this face's, and there is nothing at it. */
  | { readonly kind: 'no-such-path' }
  /** The path is this face's, the method is not. */
  | { readonly kind: 'wrong-method'; readonly allow: string }
