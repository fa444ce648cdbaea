import type { Observation } from '../../../core/observation.ts'
import { attribute, type OtlpSpan } from '../span.ts'
import { clean, type Facts, shortText } from './facts.ts'

export interface Ending {
  readonly outcome: Observation['outcome']
  readonly status: number | null
  readonly errorCode: string | null
}

const ABORTED = /abort|cancel/iu
const TIMED_OUT = /time(?:d[ _-]?)?out/iu

/** How a span ended: OTLP's status, an exception event, or Langfuse's level, which leaves the status unset. */
export function endingOf(span: OtlpSpan, facts: Facts): Ending {
  const status = httpStatus(facts)
  const failed = span.statusCode === 2 || facts.value('level') === 'ERROR' || facts.value('errorType') !== undefined
  if (!failed) return { outcome: 'ok', status, errorCode: null }
  const exception = span.events.find(({ name }) => name === 'exception')
  const type = facts.text('errorType') ?? shortText(exception === undefined ? undefined : attribute(exception.attributes, 'exception.type'))
  const message = span.statusMessage !== '' ? clean(span.statusMessage) : (facts.text('errorMessage') ?? '')
  return { outcome: outcomeOf(type ?? '', message), status, errorCode: type ?? (message === '' ? 'error' : message) }
}

/** By the error's type first: a message can mention anything. */
function outcomeOf(type: string, message: string): Observation['outcome'] {
  if (ABORTED.test(type)) return 'client-aborted'
  if (TIMED_OUT.test(type)) return 'timed-out'
  if (type === '' || type === 'Error') return /^(?:this operation was aborted|request was aborted)/iu.test(message) ? 'client-aborted' : 'error'
  return 'error'
}

/** `http.response.status_code`, or an error type that is a status, as the conventions allow. */
function httpStatus(facts: Facts): number | null {
  for (const value of [facts.number('httpStatus'), facts.number('errorType')]) if (value !== null && Number.isInteger(value) && value >= 100 && value <= 599) return value
  return null
}
