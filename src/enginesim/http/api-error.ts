/** A refusal in the form that vLLM gives it. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly type: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, type: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.type = type
    this.headers = headers
  }

  toBody(): string {
    return JSON.stringify({ error: { message: this.message, type: this.type, param: null, code: this.status } })
  }
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequestError', message)
}

export function notFound(): ApiError {
  return new ApiError(404, 'NotFoundError', 'Not Found')
}
