import { crc32c } from './crc32c.ts'

/**
 * A record on disk: length of the payload (u32, little endian), CRC-32C of those four bytes and the payload (u32), payload
 * (JSON, UTF-8). The length is in the checksum and never zero, so that a file system's zeros are no record.
 */
export const FRAME_HEADER = 8
/** Sanity limit when reading; the journal takes far smaller records only. */
export const MAX_PAYLOAD = 16 * 1024 * 1024

/** The frames of several JSON texts, one after the other in one buffer. */
export function encodeFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text))
  const buffer = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length + FRAME_HEADER, 0))
  let at = 0
  for (const [index, text] of texts.entries()) {
    const length = lengths[index]!
    buffer.writeUInt32LE(length, at)
    buffer.write(text, at + FRAME_HEADER, length, 'utf8')
    buffer.writeUInt32LE(frameChecksum(buffer, at, length), at + 4)
    at += FRAME_HEADER + length
  }
  return buffer
}

/** `short`: the buffer ends before the frame does; `bad`: no frame begins here. */
export type Decoded = { readonly payload: Buffer; readonly next: number } | 'short' | 'bad'

export function decodeFrame(buffer: Buffer, at: number, end = buffer.length): Decoded {
  if (end - at < FRAME_HEADER) return 'short'
  const length = buffer.readUInt32LE(at)
  if (length === 0 || length > MAX_PAYLOAD) return 'bad'
  const next = at + FRAME_HEADER + length
  if (next > end) return 'short'
  return buffer.readUInt32LE(at + 4) === frameChecksum(buffer, at, length) ? { payload: buffer.subarray(at + FRAME_HEADER, next), next } : 'bad'
}

function frameChecksum(buffer: Buffer, at: number, length: number): number {
  return crc32c(buffer, at + FRAME_HEADER, at + FRAME_HEADER + length, crc32c(buffer, at, at + 4))
}
