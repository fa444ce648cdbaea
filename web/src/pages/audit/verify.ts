/**
 * Checks in the browser that a call is in the log, from nothing but the answer of /api/v1/audit/calls/{id} and WebCrypto. Written from
 * the specifications (RFC 6962 and 9162, C2SP signed-note and tlog-checkpoint), apart from the server's own verifier on purpose: two
 * hands that agree are worth more than one.
 */
export interface CallProof {
  readonly index: number
  /** The entry, base64. */
  readonly leaf: string
  readonly leafHash: string
  /** From the leaf to the root, base64 of 32 bytes each. */
  readonly proof: readonly string[]
  /** A signed note. */
  readonly checkpoint: string
  /** The log's verifier key. */
  readonly key: string
}

export interface Step {
  readonly what: string
  readonly ok: boolean
  readonly value: string
}

export interface Verdict {
  readonly ok: boolean
  readonly steps: readonly Step[]
  /** The entry as it is written; null where it is no JSON. */
  readonly entry: Readonly<Record<string, unknown>> | null
}

/** The steps up to the first that fails. `crypto`: WebCrypto's. */
export async function verifyCall({ index, leaf, leafHash, proof, checkpoint, key }: CallProof, callId: string, crypto: SubtleCrypto): Promise<Verdict> {
  const steps: Step[] = []
  const sha256 = async (...parts: readonly Uint8Array[]): Promise<Uint8Array> => new Uint8Array(await crypto.digest('SHA-256', concat(parts)))
  const step = (what: string, ok: boolean, value: string): boolean => {
    steps.push({ what, ok, value })
    return ok
  }
  let entry: Record<string, unknown> | null = null
  const done = (ok: boolean): Verdict => ({ ok, steps, entry })
  try {
    const bytes = fromBase64(leaf)
    entry = asEntry(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
    if (!step('The entry is of this call', isOfCall(entry, callId), callId)) return done(false)
    const own = await sha256(Uint8Array.of(0), bytes)
    if (!step('The hash of the entry is what the server says', toBase64(own) === leafHash, toBase64(own))) return done(false)

    const note = parseNote(checkpoint)
    const [origin = '', sizeText = '', rootText = ''] = note.text.split('\n')
    const size = /^(?:0|[1-9]\d{0,15})$/u.test(sizeText) ? Number(sizeText) : Number.NaN
    if (!step('The checkpoint names a log, its size and its root', origin !== '' && Number.isSafeInteger(size) && fromBase64(rootText).length === 32, `${origin}, ${sizeText} entries`)) return done(false)
    if (!step('The entry lies within that size', Number.isSafeInteger(index) && index >= 0 && index < size, `entry ${index}`)) return done(false)

    const root = await rootOf(own, BigInt(index), BigInt(size), proof.map(fromBase64), sha256)
    if (!step(`The proof leads to the root (${proof.length} hashes)`, root !== null && toBase64(root) === rootText, root === null ? 'the proof has not the length that the tree asks for' : toBase64(root))) return done(false)

    const verifier = parseKey(key)
    if (!step('The key is of that log', verifier.name === origin, verifier.name)) return done(false)
    const id = (await sha256(new TextEncoder().encode(`${verifier.name}\n`), verifier.typed)).subarray(0, 4)
    if (!step("The key's id is its own", hex(id) === verifier.id, verifier.id)) return done(false)
    const signature = note.signatures.find((one) => one.name === verifier.name && hex(one.bytes.subarray(0, 4)) === verifier.id)
    if (!step('The checkpoint carries a signature by it', signature !== undefined, signature === undefined ? 'none' : verifier.id)) return done(false)
    const imported = await crypto.importKey('raw', buffer(verifier.typed.subarray(1)), 'Ed25519', false, ['verify'])
    const signed = await crypto.verify('Ed25519', imported, buffer(signature!.bytes.subarray(4)), buffer(new TextEncoder().encode(note.text)))
    return done(step('The signature is right (Ed25519)', signed, `${note.signatures.length} signatures in all`))
  } catch (error) {
    step('The answer can be read', false, (error as Error).message)
    return done(false)
  }
}

/** RFC 9162, 2.1.3.2: the root that a proof leads to; null where it has too few or too many hashes, or one that is none. */
export async function rootOf(leafHash: Uint8Array, index: bigint, size: bigint, proof: readonly Uint8Array[], sha256: (...parts: readonly Uint8Array[]) => Promise<Uint8Array>): Promise<Uint8Array | null> {
  if (index < 0n || index >= size || [leafHash, ...proof].some((one) => one.length !== 32)) return null
  let fn = index
  let sn = size - 1n
  let root = leafHash
  for (const sibling of proof) {
    if (sn === 0n) return null
    if ((fn & 1n) === 1n || fn === sn) {
      root = await sha256(Uint8Array.of(1), sibling, root)
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n
        sn >>= 1n
      }
    } else root = await sha256(Uint8Array.of(1), root, sibling)
    fn >>= 1n
    sn >>= 1n
  }
  return sn === 0n ? root : null
}

interface Note {
  /** What is signed, its last line break included. */
  readonly text: string
  readonly signatures: readonly { readonly name: string; readonly bytes: Uint8Array }[]
}

/** C2SP signed-note: a text, an empty line, and lines of signatures. */
export function parseNote(note: string): Note {
  const split = note.lastIndexOf('\n\n')
  if (split === -1) throw new Error('the checkpoint is no signed note')
  const signatures = note
    .slice(split + 2)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const found = /^\u2014 (?<name>[^ +]+) (?<bytes>[A-Za-z0-9+/]+={0,2})$/u.exec(line)
      if (found?.groups === undefined) throw new Error('a line of the checkpoint is no signature')
      return { name: found.groups['name']!, bytes: fromBase64(found.groups['bytes']!) }
    })
  return { text: note.slice(0, split + 1), signatures }
}

const ED25519 = 1

function parseKey(key: string): { readonly name: string; readonly id: string; readonly typed: Uint8Array } {
  const found = /^(?<name>[^+\s]+)\+(?<id>[0-9a-f]{8})\+(?<bytes>[A-Za-z0-9+/]+={0,2})$/u.exec(key.trim())
  if (found?.groups === undefined) throw new Error('the key is no verifier key')
  const typed = fromBase64(found.groups['bytes']!)
  if (typed.length !== 33 || typed[0] !== ED25519) throw new Error('the key is no Ed25519 key')
  return { name: found.groups['name']!, id: found.groups['id']!, typed }
}

function asEntry(json: unknown): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Error('the entry is no object')
  return json as Record<string, unknown>
}

/** Entries of acts name calls too, such as the giving of a proof: only the call's own entry shows that it was there. */
function isOfCall(entry: Readonly<Record<string, unknown>>, callId: string): boolean {
  return entry['leaf'] === 'call' && entry['id'] === callId
}

function concat(parts: readonly Uint8Array[]): ArrayBuffer {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all.buffer
}

const buffer = (bytes: Uint8Array): ArrayBuffer => concat([bytes])
const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))
