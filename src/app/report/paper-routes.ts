import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import { ApiError } from '../api/api-error.ts'
import { fail } from '../api/fail.ts'
import { readJson } from '../api/read-json.ts'
import { isFromHere } from '../auth/same-site.ts'
import { PAPER_REQUEST, type Papers } from './papers.ts'

export interface PaperDeps {
  readonly papers: Pick<Papers, 'make'>
  readonly publicUrl: () => string | null
  readonly clock: Clock
  /** Told of a defect; the client gets 500. */
  readonly onDefect: (error: unknown) => void
}

const PATH = '/api/plan/report'
const TYPES = { pdf: 'application/pdf', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' } as const

/** `POST /api/plan/report?format=pdf|xlsx`: the calculator's plan as a paper. For everybody, as the calculator is; one at a time. */
export function paperRoutes({ papers, publicUrl, clock, onDefect }: PaperDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      request.resume()
      throw new ApiError('method_not_allowed', 'Use POST.')
    }
    // No other page may have this machine plan for it.
    if (!isFromHere(request, publicUrl())) throw new ApiError('csrf_refused', 'This is not asked from a page of this site.')
    const format = new URLSearchParams((request.url ?? '').split('?')[1]).get('format') ?? 'pdf'
    if (format !== 'pdf' && format !== 'xlsx') throw new ApiError('invalid_body', 'Give as format pdf or xlsx.', 'format')
    const bytes = await papers.make(format, await readJson(request, PAPER_REQUEST), clock.now())
    if (response.destroyed) return
    response.writeHead(200, { 'content-type': TYPES[format], 'content-length': bytes.byteLength, 'content-disposition': `attachment; filename="spillway-report.${format}"`, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    response.end(bytes)
  }

  return (request, response) => {
    if ((request.url ?? '').split('?', 1)[0] !== PATH) return false
    handle(request, response).catch((error: unknown) => fail(response, error, onDefect))
    return true
  }
}
