/**
 * 32 bits of a text (FNV-1a over UTF-16 units, then mixed), as kept in the key columns: a scan of 4 bytes a row finds the few
 * rows that may match, whose text is then compared. Stored, so it can never change.
 */
export function textKey(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
