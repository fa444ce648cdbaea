import { CallError } from './parse-error.ts'

/**
 * Ends the translation of a call between two protocols: what the other side cannot express is refused, never left out
 * silently. The client gets a 400 with code `not_translatable`; `field` is the path of the culprit in its request.
 */
export function refuse(field: string, message: string, mend = 'Leave it out, or ask for a model that an upstream of the same protocol serves'): never {
  throw new CallError('not_translatable', `${message}. ${mend}`, field)
}
