import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import { SpillwayError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import type { EngineLimits } from '../engine.ts'
import type { Fault, FaultRule } from '../faults.ts'
import { drawFault, parseFault } from '../faults.ts'
import type { Fleet } from '../fleet.ts'
import { METRICS_TYPE, metricsText } from '../metrics-text.ts'
import type { RealTime } from '../real-time.ts'
import type { SimState } from '../state.ts'
import { ApiError, badRequest, notFound } from './api-error.ts'
import { chatShape } from './chat-shape.ts'
import { completionShape } from './completion-shape.ts'
import { control } from './control.ts'
import { embed, embeddingCall } from './embeddings.ts'
import { answerFault, refuse } from './fault-answers.ts'
import { generate } from './generate.ts'
import type { AnswerRules, GenerationCall } from './generation-call.ts'
import { chatCall, completionCall, responsesCall } from './generation-call.ts'
import type { Json } from './read-body.ts'
import { readJson } from './read-body.ts'
import { responsesShape } from './responses-shape.ts'
import type { ShapeOf } from './shape.ts'

/** All that answering needs. */
export interface RouterContext {
  readonly fleet: Fleet
  readonly time: RealTime
  readonly clock: Clock
  readonly models: readonly string[]
  readonly limits: EngineLimits
  readonly rules: AnswerRules
  /** Tokens in an event of a stream, but for the first. */
  readonly streamInterval: number
  readonly faults: readonly FaultRule[]
  readonly allowFaultHeaders: boolean
  readonly faultRandom: Random
  readonly apiKey: string | null
  readonly state: () => SimState
}

interface Generating {
  readonly prefix: string
  readonly read: (body: Json, model: string, rules: AnswerRules) => GenerationCall
  readonly shape: ShapeOf
}

const GENERATING: Readonly<Record<string, Generating>> = {
  '/v1/chat/completions': { prefix: 'chatcmpl', read: chatCall, shape: chatShape },
  '/v1/completions': { prefix: 'cmpl', read: completionCall, shape: completionShape },
  '/v1/responses': { prefix: 'resp', read: responsesCall, shape: responsesShape },
}

/** The request handler of a simulated engine. */
export function router(context: RouterContext): (request: IncomingMessage, response: ServerResponse) => void {
  let served = 0
  const nextId = (prefix: string): string => `${prefix}-${(context.rules.seed >>> 0).toString(16).padStart(8, '0')}${(served++).toString(16).padStart(24, '0')}`
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]!
    try {
      if (request.method === 'GET') get(context, path, request, response)
      else if (request.method === 'POST') post(context, path, request, response, nextId)
      else throw notFound()
    } catch (error) {
      refuseWith(response, error)
    }
  }
}

function get(context: RouterContext, path: string, request: IncomingMessage, response: ServerResponse): void {
  const { fleet, time } = context
  switch (path) {
    case '/health':
    case '/ping': {
      // A platform that has scaled to zero has nobody to say that he is well.
      const up = time.enter(() => fleet.replicas.some((replica) => replica.ready))
      response.writeHead(up ? 200 : 503).end()
      return
    }
    case '/metrics':
      time.enter(() => {})
      response.writeHead(200, { 'content-type': METRICS_TYPE }).end(metricsText(fleet, context.limits, context.models[0]!))
      return
    case '/v1/models':
      requireKey(context, request)
      sendJson(response, { object: 'list', data: context.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'vllm', root: id, parent: null, max_model_len: context.rules.maxModelLen })) })
      return
    case '/sim/state':
      sendJson(response, context.state())
      return
    default:
      throw notFound()
  }
}

function post(context: RouterContext, path: string, request: IncomingMessage, response: ServerResponse, nextId: (prefix: string) => string): void {
  const steering = path.startsWith('/sim/')
  if (!steering && path !== '/v1/embeddings' && !Object.hasOwn(GENERATING, path)) throw notFound()
  if (!steering) requireKey(context, request)
  const requestId = request.headers['x-request-id']
  if (requestId !== undefined) response.setHeader('x-request-id', requestId)
  const fault = steering ? null : faultOf(context, request)
  readJson(request, (body) => {
    if (response.destroyed) return
    try {
      if (body instanceof ApiError) throw body
      if (steering) {
        control(path, body, context)
        sendJson(response, context.state())
      } else if (fault === null || !answerFault(fault, response, body['stream'] === true)) answer(context, path, body, response, fault, nextId)
    } catch (error) {
      refuseWith(response, error)
    }
  })
}

function answer(context: RouterContext, path: string, body: Json, response: ServerResponse, fault: Fault | null, nextId: (prefix: string) => string): void {
  const { fleet, time, rules } = context
  const model = knownModel(context, body)
  const created = Math.floor(context.clock.now() / 1000)
  const kind = GENERATING[path]
  if (kind === undefined) {
    embed(fleet, time, response, embeddingCall(body, model, rules.maxModelLen), nextId('embd'), created)
    return
  }
  const call = kind.read(body, model, rules)
  generate(fleet, time, response, call, kind.shape({ id: nextId(kind.prefix), created, call }), fault, context.streamInterval)
}

function faultOf({ allowFaultHeaders, faults, faultRandom }: RouterContext, { headers }: IncomingMessage): Fault | null {
  const drawn = drawFault(faults, faultRandom)
  const asked = headers['x-sim-fault']
  return allowFaultHeaders && typeof asked === 'string' ? parseFault(asked) : drawn
}

function knownModel({ models }: RouterContext, { model }: Json): string {
  if (model === undefined || model === null) return models[0]!
  if (typeof model === 'string' && models.includes(model)) return model
  throw new ApiError(404, 'NotFoundError', `The model \`${String(model).slice(0, 200)}\` does not exist.`)
}

function requireKey({ apiKey }: RouterContext, { headers }: IncomingMessage): void {
  if (apiKey !== null && headers.authorization !== `Bearer ${apiKey}`) throw new ApiError(401, 'Unauthorized', 'Unauthorized')
}

function refuseWith(response: ServerResponse, error: unknown): void {
  if (error instanceof ApiError) refuse(response, error)
  else if (error instanceof SpillwayError) refuse(response, badRequest(error.message))
  else throw error
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
