import { crc32 } from 'node:zlib'

/**
 * A record on disk: CRC-32 of what follows (u32, little endian), length of the payload (u32), payload (JSON, UTF-8). The length
 * is in the checksum and never zero, so that a file system's zeros are no record.
 */
export const FRAME_HEADER = 8
const CHECKSUM = 4
/** Sanity limit when reading; the journal takes far smaller records only. */
export const MAX_PAYLOAD = 16 * 1024 * 1024

/** Most bytes that the frame of a JSON text can take. */
export function frameRoom(text: string): number {
  return FRAME_HEADER + 3 * text.length
}

/** Writes a frame at `at`, where there must be `frameRoom`, but for its checksum, which `sealFrames` adds. Returns its end. */
export function writeFrame(buffer: Buffer, at: number, text: string): number {
  const length = buffer.write(text, at + FRAME_HEADER)
  buffer.writeUInt32LE(length, at + CHECKSUM)
  return at + FRAME_HEADER + length
}

/** Fills in the checksums of frames that lie one after the other in a buffer, and returns how many they are. */
export function sealFrames(buffer: Buffer): number {
  let count = 0
  for (let at = 0; at < buffer.length; count++) {
    const end = at + FRAME_HEADER + buffer.readUInt32LE(at + CHECKSUM)
    buffer.writeUInt32LE(checksum(buffer, at, end), at)
    at = end
  }
  return count
}

/** The frames of several JSON texts, one after the other in one buffer. */
export function encodeFrames(texts: readonly string[]): Buffer {
  const buffer = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + frameRoom(text), 0))
  const frames = buffer.subarray(0, texts.reduce((at, text) => writeFrame(buffer, at, text), 0))
  sealFrames(frames)
  return frames
}

/** `short`: the buffer ends before the frame does; `bad`: no frame begins here. */
export type Decoded = { readonly payload: Buffer; readonly next: number } | 'short' | 'bad'

export function decodeFrame(buffer: Buffer, at: number, end = buffer.length): Decoded {
  if (end - at < FRAME_HEADER) return 'short'
  const length = buffer.readUInt32LE(at + CHECKSUM)
  if (length === 0 || length > MAX_PAYLOAD) return 'bad'
  const next = at + FRAME_HEADER + length
  if (next > end) return 'short'
  return buffer.readUInt32LE(at) === checksum(buffer, at, next) ? { payload: buffer.subarray(at + FRAME_HEADER, next), next } : 'bad'
}

/** Native: a checksum in JavaScript cost a microsecond a record. */
function checksum(buffer: Buffer, at: number, end: number): number {
  return crc32(buffer.subarray(at + CHECKSUM, end))
}
