import type { IncomingMessage } from 'node:http'
import { apiErrorOf } from '../api/api-error.ts'
import type { Door } from '../auth/door.ts'
import type { Viewer } from './live-routes.ts'

/** Who looks, by the door that everything else is asked through. */
export function readerAt(door: Pick<Door, 'admit'>): (request: IncomingMessage) => Promise<Viewer> {
  return async (request) => {
    try {
      const { kind, id, tenant } = await door.admit(request, 'read')
      return { ok: true, id: `${kind}:${id}`, tenant }
    } catch (thrown) {
      const error = apiErrorOf(thrown)
      if (error === null) throw thrown
      return { ok: false, status: error.status, code: error.code, message: error.message }
    }
  }
}
