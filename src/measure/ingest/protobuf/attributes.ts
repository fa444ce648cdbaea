import { IngestError } from '../ingest-error.ts'
import type { IngestLimits } from '../limits.ts'
import type { AttributeMap, AttributeValue } from '../span.ts'
import type { NameTable } from './name-table.ts'
import { FIXED64, LENGTH, VARINT, type WireReader } from './reader.ts'

/** Attributes that are being read. */
export interface AttributeDraft {
  readonly names: string[]
  readonly values: AttributeValue[]
}

/** `KeyValue {key = 1, value = 2}` into the draft, unless its name is not wanted. The reader is before the length. */
export function readKeyValue(reader: WireReader, table: NameTable, limits: IngestLimits, into: AttributeDraft): void {
  const outer = reader.enter()
  if (into.names.length >= limits.attributes) return reader.leave(outer)
  let name = ''
  let wanted = true
  let value: AttributeValue | undefined
  while (reader.next()) {
    if (reader.is(1, LENGTH)) {
      const keyEnd = reader.length()
      const known = table.find(reader.bytes, reader.at, keyEnd)
      reader.at = keyEnd
      name = known.name
      wanted = known.wanted
    } else if (reader.is(2, LENGTH) && wanted) value = readValue(reader, limits, 0) ?? value
    else reader.skip()
  }
  reader.leave(outer)
  if (value === undefined || !wanted) return
  into.names.push(name)
  into.values.push(value)
}

/** `AnyValue`: string 1, bool 2, int 3, double 4, array 5, map 6, bytes 7. Undefined where it is empty, bytes, or too long. */
function readValue(reader: WireReader, limits: IngestLimits, depth: number): AttributeValue | undefined {
  if (depth > limits.depth) throw new IngestError('otlp_too_deep', `An attribute has values more than ${limits.depth} levels deep, at byte ${reader.at}.`)
  const outer = reader.enter()
  if (reader.end - reader.at > limits.valueBytes) reader.at = reader.end
  let value: AttributeValue | undefined
  while (reader.next()) {
    if (reader.is(1, LENGTH)) value = reader.text()
    else if (reader.is(2, VARINT)) value = reader.uint32() !== 0
    else if (reader.is(3, VARINT)) value = reader.int64()
    else if (reader.is(4, FIXED64)) value = reader.double()
    else if (reader.is(5, LENGTH)) value = readList(reader, limits, depth)
    else if (reader.is(6, LENGTH)) value = readMap(reader, limits, depth)
    else reader.skip()
  }
  reader.leave(outer)
  return value
}

function readList(reader: WireReader, limits: IngestLimits, depth: number): AttributeValue {
  const outer = reader.enter()
  const list: AttributeValue[] = []
  while (reader.next()) {
    if (!reader.is(1, LENGTH)) {
      reader.skip()
      continue
    }
    const value = readValue(reader, limits, depth + 1)
    if (value !== undefined) list.push(value)
  }
  reader.leave(outer)
  return list
}

function readMap(reader: WireReader, limits: IngestLimits, depth: number): AttributeMap {
  const outer = reader.enter()
  const entries: [string, AttributeValue][] = []
  while (reader.next()) {
    if (!reader.is(1, LENGTH)) {
      reader.skip()
      continue
    }
    const map = reader.enter()
    let name = ''
    let value: AttributeValue | undefined
    while (reader.next()) {
      if (reader.is(1, LENGTH)) name = reader.text()
      else if (reader.is(2, LENGTH)) value = readValue(reader, limits, depth + 1) ?? value
      else reader.skip()
    }
    reader.leave(map)
    if (value !== undefined) entries.push([name, value])
  }
  reader.leave(outer)
  // fromEntries defines members, so that a name such as __proto__ is one like any other.
  return Object.fromEntries(entries)
}
