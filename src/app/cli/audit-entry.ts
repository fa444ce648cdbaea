import { decodeLeaf } from '../../prove/leaf/leaf.ts'

/** Whether an entry says to what bodies of this call, which were redacted after its leaf was made, the log is committed. */
export function isBodyOf(entry: Buffer, id: string): boolean {
  if (!entry.includes('"body-kept"') || !entry.includes(JSON.stringify(id))) return false
  const leaf = decodeLeaf(entry)
  return leaf.leaf === 'body-kept' && leaf.call === id
}

/** Whether an entry is the leaf of this call. */
export function isCall(entry: Buffer, id: string): boolean {
  // The text is looked for first: to decode every leaf would take many times as long.
  if (!entry.includes(JSON.stringify(id))) return false
  const leaf = decodeLeaf(entry)
  return leaf.leaf === 'call' && leaf.id === id
}
