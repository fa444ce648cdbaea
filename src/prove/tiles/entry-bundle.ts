import { SpillwayError } from '../../core/errors.ts'

/** The length of an entry stands before it in two bytes. */
export const MAX_ENTRY_BYTES = 65_535

/** One entry as it stands in a bundle. */
export function encodeEntry(entry: Uint8Array): Buffer {
  if (entry.length > MAX_ENTRY_BYTES) throw new SpillwayError('AUDIT_ENTRY_TOO_LONG', `the entry has ${entry.length} bytes, the format holds ${MAX_ENTRY_BYTES}`, 'Log a commitment to it, not the thing itself')
  const bytes = Buffer.allocUnsafe(2 + entry.length)
  bytes.writeUInt16BE(entry.length)
  bytes.set(entry, 2)
  return bytes
}

/** Exactly `count` entries that fill `bundle` to its last byte; throws AUDIT_TILE_INVALID otherwise. */
export function decodeBundle(bundle: Buffer, count: number, file: string): Buffer[] {
  const entries: Buffer[] = []
  let at = 0
  while (at < bundle.length && entries.length < count) {
    const end = at + 2 + (at + 2 <= bundle.length ? bundle.readUInt16BE(at) : 0)
    if (end > bundle.length) throw broken(`entry ${entries.length} is cut off`, file)
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  if (entries.length < count) throw broken(`holds ${entries.length} entries instead of ${count}`, file)
  if (at < bundle.length) throw broken(`${bundle.length - at} bytes follow its last entry`, file)
  return entries
}

function broken(what: string, file: string): SpillwayError {
  return new SpillwayError('AUDIT_TILE_INVALID', what, 'Restore the file from a copy of the log', { file })
}
