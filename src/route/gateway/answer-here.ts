import type { IncomingMessage, ServerResponse } from 'node:http'
import { modelRule } from '../admission/key-rules.ts'
import { parseBody } from '../protocols/parse-body.ts'
import { CallError, failureOf } from '../protocols/parse-error.ts'
import type { CallFailure } from '../protocols/parse-error.ts'
import type { ClientFace, FaceRoute } from '../protocols/parse-face.ts'
import { checkBodyHeaders, readBody } from './body.ts'
import { refusedByAdmission } from './failure.ts'
import type { Runtime } from './runtime.ts'

type LocalRoute = Extract<FaceRoute, { kind: 'models' | 'local' }>

/** An error that is no call's: nothing was asked of any upstream, and there is nothing to record. */
export function answerError(res: ServerResponse, face: ClientFace, failure: CallFailure, headers: Readonly<Record<string, string>> = {}): void {
  const retry = failure.retryAfterSeconds === null ? {} : { 'retry-after': String(failure.retryAfterSeconds) }
  answer(res, failure.status, face.errorBody(failure), { ...headers, ...retry })
}

/** What the gateway answers by itself, to whoever has a key: the models, and what a face works out from a body. */
export function answerLocally(runtime: Runtime, face: ClientFace, route: LocalRoute, req: IncomingMessage, res: ServerResponse, now: number, startedSeconds: number): void {
  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      answerError(res, face, error instanceof CallError ? error.failure : failureOf('internal_error', 'The gateway failed.'))
    }
  }
  guarded(() => {
    const identity = runtime.admission.identify(face.secret(req.headers), now)
    if (!identity.ok) return answerError(res, face, refusedByAdmission(identity))
    if (route.kind === 'models') {
      const mayUse = modelRule(identity.models)
      const names = [...runtime.models.keys()].filter((name) => mayUse === null || mayUse(name))
      return answer(res, 200, JSON.stringify(route.render(names, startedSeconds)))
    }
    const { maxBodyBytes, maxJsonDepth } = runtime.config.limits
    checkBodyHeaders(req, maxBodyBytes)
    readBody(req, maxBodyBytes, (body) =>
      guarded(() => {
        if (body instanceof CallError) throw body
        const { status, json } = route.answer(parseBody(body, maxJsonDepth), req.headers)
        answer(res, status, JSON.stringify(json))
      }),
    )
  })
}

function answer(res: ServerResponse, status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
  if (res.headersSent || res.destroyed) return
  const whole = res.req.complete ? {} : { connection: 'close' }
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...whole, ...headers }).end(body)
}
