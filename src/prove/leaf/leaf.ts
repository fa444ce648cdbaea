import { Compile } from 'typebox/compile'
import { SpillwayError } from '../../core/errors.ts'
import { MAX_ENTRY_BYTES } from '../tiles/entry-bundle.ts'
import { canonicalJson, type Json } from './canonical-json.ts'
import { ADMIN_LEAF, CALL_LEAF, type Leaf } from './schema.ts'

const checkCall = Compile(CALL_LEAF)
const checkAct = Compile(ADMIN_LEAF)

/** The bytes that the log holds of a leaf. Throws AUDIT_LEAF_INVALID where it is not of its schema. */
export function encodeLeaf(leaf: Leaf): Buffer {
  if (!isLeaf(leaf)) throw invalid(`the leaf (${String((leaf as { leaf?: unknown }).leaf)}) is not as its schema has it`)
  const bytes = Buffer.from(canonicalJson(leaf as unknown as Json))
  if (bytes.length > MAX_ENTRY_BYTES) throw invalid(`the leaf has ${bytes.length} bytes, the log takes ${MAX_ENTRY_BYTES}`)
  return bytes
}

/** The leaf that an entry of the log is, in its one spelling. Throws AUDIT_LEAF_INVALID. */
export function decodeLeaf(entry: Uint8Array): Leaf {
  const text = Buffer.from(entry).toString('utf8')
  let leaf: unknown
  try {
    leaf = JSON.parse(text)
  } catch {
    throw invalid('the entry is not JSON')
  }
  if (!isLeaf(leaf)) throw invalid('the entry is no leaf that this version knows')
  if (canonicalJson(leaf as unknown as Json) !== text) throw invalid('the entry is not in canonical spelling')
  return leaf
}

function isLeaf(value: unknown): value is Leaf {
  return checkCall.Check(value) || checkAct.Check(value)
}

function invalid(what: string): SpillwayError {
  return new SpillwayError('AUDIT_LEAF_INVALID', what, 'Verify the log with the version of Spillway that wrote it')
}
