import { IngestError } from '../ingest-error.ts'

export const VARINT = 0
export const FIXED64 = 1
export const LENGTH = 2
export const FIXED32 = 5

/**
 * Reads the protobuf wire format (protobuf.dev/programming-guides/encoding) from a byte array: moves forward only and never
 * beyond `end`, so that its work is bounded by the bytes. Throws otlp_malformed with the offset. Groups, which proto3 does not
 * have, are malformed.
 */
export class WireReader {
  readonly bytes: Buffer
  readonly #view: DataView
  at: number
  end: number
  /** Of the tag read last. */
  field = 0
  wire = 0

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = 0
    this.end = bytes.byteLength
  }

  /** The next tag into `field` and `wire`; false at the end. */
  next(): boolean {
    if (this.at >= this.end) return false
    const tag = this.uint32()
    this.field = tag >>> 3
    this.wire = tag & 7
    if (this.field === 0) throw this.malformed('has a field with the number 0')
    return true
  }

  /** Whether the tag read last is this one. */
  is(field: number, wire: number): boolean {
    return this.field === field && this.wire === wire
  }

  /** Goes into a message with a length and returns where the outer one ends, for `leave`. */
  enter(): number {
    const end = this.length()
    const outer = this.end
    this.end = end
    return outer
  }

  /** Goes out of a message, whatever of it was read. */
  leave(outer: number): void {
    this.at = this.end
    this.end = outer
  }

  /** A varint's low 32 bits, unsigned. */
  uint32(): number {
    const { bytes, end } = this
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= end) throw this.malformed('ends inside a number')
      const byte = bytes[this.at++]!
      if (shift < 28) value |= (byte & 127) << shift
      else if (shift === 28) value |= (byte & 15) << 28
      if (byte < 128) return value >>> 0
    }
    throw this.malformed('has a number of more than ten bytes')
  }

  /** A varint as a signed 64-bit integer: a number where it is exact, else a bigint. */
  int64(): number | bigint {
    const { bytes, end } = this
    // Most counts take few bytes: no bigint for them.
    let small = 0
    let factor = 1
    for (let index = 0; index < 7; index++) {
      if (this.at >= end) throw this.malformed('ends inside a number')
      const byte = bytes[this.at++]!
      small += (byte & 127) * factor
      if (byte < 128) return small
      factor *= 128
    }
    let value = BigInt(small)
    for (let shift = 49n; shift < 70n; shift += 7n) {
      if (this.at >= end) throw this.malformed('ends inside a number')
      const byte = bytes[this.at++]!
      value |= BigInt(byte & 127) << shift
      if (byte >= 128) continue
      const signed = BigInt.asIntN(64, value)
      const number = Number(signed)
      return Number.isSafeInteger(number) ? number : signed
    }
    throw this.malformed('has a number of more than ten bytes')
  }

  double(): number {
    this.#need(8)
    const value = this.#view.getFloat64(this.at, true)
    this.at += 8
    return value
  }

  /** A fixed64 count of nanoseconds since 1970, in ms: exact to a quarter of a microsecond. */
  nanosAsMs(): number {
    this.#need(8)
    const low = this.#view.getUint32(this.at, true)
    const high = this.#view.getUint32(this.at + 4, true)
    this.at += 8
    return (high * 4294967296 + low) / 1e6
  }

  /** Begins a length-delimited value and returns where it ends. */
  length(): number {
    const length = this.uint32()
    if (length > this.end - this.at) throw this.malformed(`has a part of ${length} bytes where ${this.end - this.at} are left`)
    return this.at + length
  }

  text(): string {
    const end = this.length()
    const start = this.at
    this.at = end
    return textOf(this.bytes, start, end)
  }

  hex(): string {
    const end = this.length()
    const start = this.at
    this.at = end
    // An id has 16 bytes at most; whoever sends more has none.
    return end - start > 16 ? '' : this.bytes.toString('hex', start, end)
  }

  skip(): void {
    if (this.wire === VARINT) this.uint32()
    else if (this.wire === FIXED64) this.#move(8)
    else if (this.wire === LENGTH) this.at = this.length()
    else if (this.wire === FIXED32) this.#move(4)
    else throw this.malformed(`has wire type ${this.wire}`)
  }

  malformed(what: string): IngestError {
    return new IngestError('otlp_malformed', `The protobuf message ${what}, at byte ${this.at}.`)
  }

  #need(bytes: number): void {
    if (bytes > this.end - this.at) throw this.malformed('ends inside a fixed-size number')
  }

  #move(bytes: number): void {
    this.#need(bytes)
    this.at += bytes
  }
}

const SHORT = 24

function textOf(bytes: Buffer, start: number, end: number): string {
  if (end - start > SHORT) return bytes.toString('utf8', start, end)
  // Crossing into native code costs more than a few characters do.
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte > 127) return bytes.toString('utf8', start, end)
    text += String.fromCharCode(byte)
  }
  return text
}
