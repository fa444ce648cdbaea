/** An answer that is no success, with the server's own code and words. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly param: string | null

  constructor(status: number, code: string, message: string, param: string | null = null) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.param = param
  }
}

/** Sent with every change: the server compares it with the session's own. Set from each answer of /api/session. */
let csrf: string | null = null
export function rememberCsrf(token: string | null): void {
  csrf = token
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>>

/** A path with its query: what is null or undefined is left out, a list is repeated. */
export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) search.append(name, one)
  }
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}

/** Asks the server. Throws ApiError for any answer that is no success, and with code `unreachable` where there is none. */
export async function request(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (method !== 'GET' && csrf !== null) headers['x-spillway-csrf'] = csrf
  let response: Response
  try {
    response = await fetch(path, { method, headers, credentials: 'same-origin', ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(signal === undefined ? {} : { signal }) })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new ApiError(0, 'unreachable', 'The server does not answer. Is it running?')
  }
  if (!response.ok) throw await errorOf(response)
  return response
}

/** GET as JSON. */
export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return (await (await request('GET', withQuery(path, query), undefined, signal)).json()) as T
}

/** A change; null where the answer is empty. */
export async function send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T | null> {
  const response = await request(method, path, body)
  return response.status === 204 ? null : ((await response.json()) as T)
}

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '')
  try {
    const { error } = JSON.parse(text) as { readonly error: { readonly code: string; readonly message: string; readonly param?: string | null } }
    return new ApiError(response.status, error.code, error.message, error.param ?? null)
  } catch {
    return new ApiError(response.status, `http_${response.status}`, `The server answered ${response.status}.`)
  }
}
