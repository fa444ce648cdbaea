import { SpillwayError } from '../../core/errors.ts'

/** RFC 3161 over SHA-256: what is asked for and the little of an answer that is looked at here; `openssl ts` verifies it. */
const SHA256 = Buffer.from('608648016503040201', 'hex')
const SEQUENCE = 0x30
const INTEGER = 0x02
const OCTETS = 0x04
const OBJECT = 0x06
const NULL = Buffer.from([0x05, 0])
const TRUE = Buffer.from([0x01, 1, 0xff])
const TIMEOUT_MS = 30_000
const MAX_BYTES = 100_000

/** DER of one value: tag, length, content. Up to 65,535 bytes. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head = length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), content])
}

/** A positive integer of these bytes. */
function unsigned(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const shortest = first < 0 ? Buffer.from([0]) : bytes.subarray(first)
  return der(INTEGER, ...(shortest[0]! >= 0x80 ? [Buffer.from([0])] : []), shortest)
}

/** A TimeStampReq (RFC 3161, 2.4.1) for a SHA-256 hash; the certificate is to come with the answer. */
export function timestampRequest(hash: Uint8Array, nonce: Uint8Array): Buffer {
  const imprint = der(SEQUENCE, der(SEQUENCE, der(OBJECT, SHA256), NULL), der(OCTETS, hash))
  return der(SEQUENCE, der(INTEGER, Buffer.from([1])), imprint, unsigned(nonce), TRUE)
}

/**
 * That an answer (TimeStampResp, 2.4.2) grants what was asked for and is about this hash and nonce. Whether the signature holds is
 * not looked at. Throws AUDIT_TIMESTAMP_REFUSED.
 */
export function checkReply(reply: Buffer, hash: Uint8Array, nonce: Uint8Array): void {
  const [status, token] = children(contentOf(reply))
  const [code] = status === undefined ? [] : children(status.content)
  if (status?.tag !== SEQUENCE || code?.tag !== INTEGER) throw refused('has sent no answer of RFC 3161')
  // 0 = granted, 1 = granted with changes.
  const granted = code.content.length === 1 && code.content[0]! <= 1
  if (!granted || token === undefined) throw refused(`has refused (status ${code.content.toString('hex')})`)
  if (!token.content.includes(der(OCTETS, hash)) || !token.content.includes(unsigned(nonce))) throw refused('has signed something else')
}

interface Value {
  readonly tag: number
  readonly content: Buffer
}

function contentOf(bytes: Buffer): Buffer {
  const [outer, ...more] = children(bytes)
  if (outer?.tag !== SEQUENCE || more.length > 0) throw refused('has sent no answer of RFC 3161')
  return outer.content
}

/** The values that lie one after the other; lengths of at most four bytes. */
function children(bytes: Buffer): Value[] {
  const values: Value[] = []
  for (let at = 0; at < bytes.length; ) {
    const [tag, first] = [bytes[at]!, bytes[at + 1] ?? 0xff]
    const more = first < 0x80 ? 0 : first & 0x7f
    if (more > 4 || at + 2 + more > bytes.length) throw refused('has sent no DER')
    const length = more === 0 ? first : bytes.readUIntBE(at + 2, more)
    const start = at + 2 + more
    if (start + length > bytes.length) throw refused('has sent an answer that is cut off')
    values.push({ tag, content: bytes.subarray(start, start + length) })
    at = start + length
  }
  return values
}

/** Asks a time-stamping authority over HTTP; gives its whole answer, checked as `checkReply` does. */
export async function askTimestamp(url: string, hash: Uint8Array, nonce: Uint8Array, fetch: typeof globalThis.fetch = globalThis.fetch): Promise<Buffer> {
  const reply = await post(url, timestampRequest(hash, nonce), fetch)
  checkReply(reply, hash, nonce)
  return reply
}

async function post(url: string, body: Buffer, fetch: typeof globalThis.fetch): Promise<Buffer> {
  try {
    const response = await fetch(url, { method: 'POST', body: Uint8Array.from(body), headers: { 'content-type': 'application/timestamp-query' }, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > MAX_BYTES) throw new Error('its answer is too long')
      chunks.push(chunk)
    }
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return Buffer.concat(chunks)
  } catch (error) {
    const { message, cause } = error as Error
    throw refused(`cannot be asked (${cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message})`, error)
  }
}

function refused(what: string, cause?: unknown): SpillwayError {
  return new SpillwayError('AUDIT_TIMESTAMP_REFUSED', `the time-stamping authority ${what}`, 'Check the address; it is asked by HTTP POST as RFC 3161 says', {}, { cause })
}
