import { SpillwayError } from '../../core/errors.ts'

/** One event of a `text/event-stream`, as views into the bytes that came: nothing is decoded and, mostly, nothing copied. */
export interface SseEvent {
  /** The `event:` field; '' = not given, which means `message`. */
  readonly type: string
  /** The `data:` lines, joined by LF. Null for a block without data: comments, `id:`, `retry:`. */
  readonly data: Buffer | null
  /** The bytes of the block, its closing blank line included. The `raw` of all events together are the stream, byte for byte. */
  readonly raw: Buffer
  /** False for the rest that the stream ended in, without a blank line. */
  readonly closed: boolean
}

export interface SseLimits {
  /** Bytes of one event, comments included. An endless line ends here. */
  readonly maxEventBytes: number
}

/** An event carries one delta; 4 MiB leaves room for an image or a whole answer in one. */
export const SSE_LIMITS: SseLimits = { maxEventBytes: 4 * 1024 * 1024 }

const LF = 10
const CR = 13
const SPACE = 32
const COLON = 58
const EMPTY = Buffer.alloc(0)

/**
 * Splits server-sent events out of a byte stream that may be cut anywhere (WHATWG HTML, "Server-sent events"): LF, CRLF
 * and CR end a line, `:` begins a comment, several `data:` lines are one value, a leading byte order mark is skipped. It
 * keeps at most one event, and no more than the limit of it: an event beyond it throws SSE_EVENT_TOO_LONG.
 */
export class SseSplitter {
  readonly #onEvent: (event: SseEvent) => void
  readonly #maxEventBytes: number
  /** The open event: its first `#kept` bytes; the rest of the buffer is room to grow. */
  #carry: Buffer = EMPTY
  #kept = 0
  /** Where in it the open line begins. */
  #lineStart = 0
  #type = ''
  #data: Buffer[] = []
  /** The last byte was a CR that ended a line: an LF that follows belongs to it. */
  #afterCr = false
  /** The event is complete but for an LF that may yet follow its last CR: it waits, so that cuts do not change what is handed over. */
  #blankLineOpen = false
  #atStart = true

  constructor(onEvent: (event: SseEvent) => void, limits: SseLimits = SSE_LIMITS) {
    this.#onEvent = onEvent
    this.#maxEventBytes = limits.maxEventBytes
  }

  push(chunk: Buffer): void {
    const bytes = this.#kept === 0 ? chunk : this.#append(chunk)
    let eventStart = 0
    let lineStart = this.#lineStart
    let from = this.#kept
    if (this.#blankLineOpen && chunk.length > 0) {
      eventStart = lineStart = from = bytes[from] === LF ? from + 1 : from
      this.#emit(bytes.subarray(0, from), true)
    }
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte !== LF && byte !== CR) {
        this.#afterCr = false
        continue
      }
      if (byte === LF && this.#afterCr) {
        this.#afterCr = false
        lineStart = at + 1
        continue
      }
      this.#afterCr = byte === CR
      const blank = this.#line(bytes.subarray(lineStart, at))
      lineStart = at + 1
      if (!blank) continue
      this.#afterCr = false
      if (byte === CR) {
        this.#blankLineOpen = lineStart === bytes.length
        if (this.#blankLineOpen) break
        if (bytes[lineStart] === LF) lineStart = ++at + 1
      }
      this.#emit(bytes.subarray(eventStart, lineStart), true)
      eventStart = lineStart
    }
    this.#keep(bytes, eventStart, lineStart)
  }

  /** After the last chunk: hands over an event whose blank line never came. */
  end(): void {
    if (this.#kept === 0) return
    const rest = this.#carry.subarray(0, this.#kept)
    const closed = this.#blankLineOpen
    if (!closed) this.#line(rest.subarray(this.#lineStart))
    this.#kept = 0
    this.#emit(rest, closed)
  }

  #keep(bytes: Buffer, eventStart: number, lineStart: number): void {
    const kept = bytes.length - eventStart
    this.#refuseAbove(kept)
    if (this.#kept === 0 || eventStart > 0) this.#carry = bytes.subarray(eventStart)
    this.#kept = kept
    this.#lineStart = lineStart - eventStart
  }

  /** Doubles the room, so that an event in one-byte chunks costs no more than a few copies. Views handed out stay valid. */
  #append(chunk: Buffer): Buffer {
    const length = this.#kept + chunk.length
    if (length > this.#carry.length) {
      const grown = Buffer.allocUnsafe(length * 2)
      this.#carry.copy(grown, 0, 0, this.#kept)
      this.#carry = grown
    }
    chunk.copy(this.#carry, this.#kept)
    return this.#carry.subarray(0, length)
  }

  /** True for the blank line that ends an event. */
  #line(whole: Buffer): boolean {
    const line = this.#atStart && whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf ? whole.subarray(3) : whole
    this.#atStart = false
    if (line.length === 0) return true
    const colon = line.indexOf(COLON)
    const nameEnd = colon === -1 ? line.length : colon
    const valueStart = colon === -1 ? line.length : colon + (line[colon + 1] === SPACE ? 2 : 1)
    if (isName(line, nameEnd, 'data')) this.#data.push(line.subarray(valueStart))
    else if (isName(line, nameEnd, 'event')) this.#type = line.toString('utf8', valueStart)
    return false
  }

  #emit(raw: Buffer, closed: boolean): void {
    this.#refuseAbove(raw.length)
    const event = { type: this.#type, data: joined(this.#data), raw, closed }
    this.#blankLineOpen = false
    this.#type = ''
    this.#data = []
    this.#onEvent(event)
  }

  #refuseAbove(bytes: number): void {
    if (bytes <= this.#maxEventBytes) return
    throw new SpillwayError('SSE_EVENT_TOO_LONG', `an event of the upstream's stream is longer than ${this.#maxEventBytes} bytes`, 'Look at what the upstream sends: an event carries one small piece of an answer')
  }
}

function isName(line: Buffer, length: number, name: 'data' | 'event'): boolean {
  return length === name.length && line.toString('latin1', 0, length) === name
}

function joined(lines: readonly Buffer[]): Buffer | null {
  if (lines.length <= 1) return lines[0] ?? null
  return Buffer.from(lines.map((line) => line.toString('latin1')).join('\n'), 'latin1')
}
