#!/usr/bin/env node
// Verifies an audit export, alone: plain Node 20 or newer, no packages, no network, no code of Spillway's.
//
//     node verify.mjs FOLDER --key VERIFIER_KEY [--policy FILE]
//
// Checked are the seal and every file of the export, the log's signature, the witnesses that the policy asks for, that the
// tiles add up to the signed root, and each entry by its proof and by its bundle. Exit status 1 where anything does not hold.
// Formats: c2sp.org/signed-note, tlog-checkpoint, tlog-tiles, tlog-proof, tlog-policy, tlog-cosignature; RFC 6962, RFC 9162.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { parseArgs } from 'node:util'

const sha = (...parts) => parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest()
const leafHash = (entry) => sha(Buffer.of(0), entry)
const nodeHash = (left, right) => sha(Buffer.of(1), left, right)

class Wrong extends Error {}
const check = (condition, what) => {
  if (!condition) throw new Wrong(what)
}

function base64(text) {
  const bytes = Buffer.from(text, 'base64')
  check(bytes.toString('base64') === text, 'holds text that is no base64')
  return bytes
}

/** A key as text: name+id+base64(type, 32 bytes). Types: 1 = Ed25519, 4 = a witness's cosignature. */
function parseKey(text) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text.trim()) ?? []
  check(name !== undefined, 'is no verifier key')
  const typed = base64(encoded)
  check(typed.length === 33 && (typed[0] === 1 || typed[0] === 4), 'is no key of a known type')
  check(sha(`${name}\n`, typed).subarray(0, 4).toString('hex') === id, 'is a key whose id does not fit')
  const key = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), typed.subarray(1)]), format: 'der', type: 'spki' })
  return { text: text.trim(), name, id, witness: typed[0] === 4, key }
}

/** The text of a note and its signatures: who (name), key id, bytes. */
function parseNote(bytes) {
  const note = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  const border = note.lastIndexOf('\n\n')
  check(border >= 0 && note.endsWith('\n'), 'is no signed note')
  const signatures = note.slice(border + 2, -1).split('\n').map((line) => {
    const [, name, encoded] = /^\u2014 (\S+) (\S+)$/u.exec(line) ?? []
    check(name !== undefined, 'has a line that is no signature')
    const signature = base64(encoded)
    return { name, id: signature.subarray(0, 4).toString('hex'), signature: signature.subarray(4) }
  })
  return { text: note.slice(0, border + 1), signatures }
}

function signedBy({ text, signatures }, { name, id, witness, key }) {
  return signatures.some((one) => {
    if (one.name !== name || one.id !== id) return false
    if (!witness) return verify(null, Buffer.from(text), key, one.signature)
    const time = one.signature.length === 72 ? one.signature.readBigUInt64BE() : 0n
    return verify(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), key, one.signature.subarray(8))
  })
}

function openCheckpoint(bytes, log) {
  const note = parseNote(bytes)
  check(signedBy(note, log), "is not signed by the log's key")
  const [origin, size, root] = note.text.split('\n')
  check(origin === log.name, 'is of another log')
  check(/^(0|[1-9]\d{0,15})$/u.test(size), 'has no size')
  return { note, size: Number(size), root: base64(root) }
}

/** Whether a checkpoint has the signatures that a policy asks for. */
function satisfies(note, policy) {
  const rules = new Map()
  for (const line of policy.split('\n')) {
    const [what, name, third, ...names] = line.trim().split(/[ \t]+/u)
    if (what === 'witness') rules.set(name, signedBy(note, parseKey(third)))
    if (what === 'group') {
      check(names.length > 0 && names.every((one) => rules.has(one)), 'has a group of unknown members')
      const least = third === 'all' ? names.length : third === 'any' ? 1 : Number(third)
      check(least >= 1 && least <= names.length, 'has an impossible threshold')
      rules.set(name, names.filter((one) => rules.get(one)).length >= least)
    }
    if (what === 'quorum') return name === 'none' || rules.get(name) === true
  }
  throw new Wrong('has no quorum line')
}

/** RFC 9162, 2.1.3.2. */
function rootOf(index, size, leaf, path) {
  check(index < size, 'is of an entry beyond the end')
  let [fn, sn, node] = [BigInt(index), BigInt(size) - 1n, leaf]
  for (const sibling of path) {
    check(sn !== 0n && sibling.length === 32, 'is too long')
    if (fn % 2n === 1n || fn === sn) {
      node = nodeHash(sibling, node)
      while (fn % 2n === 0n && fn !== 0n) [fn, sn] = [fn / 2n, sn / 2n]
    } else node = nodeHash(node, sibling)
    ;[fn, sn] = [fn / 2n, sn / 2n]
  }
  check(sn === 0n, 'is too short')
  return node
}

function parseProof(bytes) {
  const border = bytes.indexOf('\n\n')
  const [header, extra, index, ...path] = bytes.subarray(0, border).toString().split('\n')
  check(border > 0 && header === 'c2sp.org/tlog-proof@v1' && extra?.startsWith('extra ') && index?.startsWith('index '), 'is no proof with its entry')
  return { entry: base64(extra.slice(6)), index: Number(index.slice(6)), path: path.map(base64), checkpoint: bytes.subarray(border + 2) }
}

function entriesOf(bundle) {
  const entries = []
  for (let at = 0; at < bundle.length; ) {
    check(at + 2 <= bundle.length, 'is cut off')
    const end = at + 2 + bundle.readUInt16BE(at)
    check(end <= bundle.length, 'is cut off')
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return entries
}

/** `tile/<level>/<index in groups of three digits>`, with `.p/<width>` where it is not full. */
function tilePath(level, index, width) {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/gu)
  return `log/tile/${level}/${groups.map((group, n) => (n < groups.length - 1 ? `x${group}` : group)).join('/')}${width < 256 ? `.p/${width}` : ''}`
}

const hashesOf = (tile) => Array.from({ length: tile.length / 32 }, (_, n) => tile.subarray(32 * n, 32 * n + 32))

/** RFC 6962, 2.1, over hashes of subtrees of one width. */
function merkle(hashes) {
  if (hashes.length === 0) return sha()
  if (hashes.length === 1) return hashes[0]
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return nodeHash(merkle(hashes.slice(0, split)), merkle(hashes.slice(split)))
}

// Whether it holds the log's own bundles; else entries of one tenant or one system, by their proofs alone.
const isWhole = ({ tenant, system }) => tenant === null && (system ?? null) === null

function verifyExport(folder, keyText, ownPolicy) {
  const problems = new Map()
  const attempt = (file, work) => {
    try {
      return work()
    } catch (error) {
      if (!problems.has(file)) problems.set(file, error instanceof Wrong ? error.message : `cannot be read (${error.code ?? error.message})`)
      return undefined
    }
  }
  const read = (path) => {
    check(!path.split(/[/\\]/u).includes('..') && !path.startsWith('/'), 'leads out of the export')
    check(lstatSync(join(folder, path)).isFile(), 'is no plain file')
    return readFileSync(join(folder, path))
  }
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => !one.isDirectory()).map((one) => relative(folder, join(one.parentPath ?? one.path, one.name)).split(sep).join('/'))
  const log = parseKey(keyText)

  // Every file, as it was sealed.
  const sums = read('SHA256SUMS')
  const seal = attempt('SHA256SUMS.note', () => {
    const note = parseNote(read('SHA256SUMS.note'))
    check(signedBy(note, log), "is not signed by the log's key")
    return note.text
  })
  attempt('SHA256SUMS', () => check(seal === undefined || seal === `spillway audit bundle v1\nsha256 ${sha(sums).toString('hex')}\n`, 'is not the list that was signed'))
  const listed = new Set(['SHA256SUMS', 'SHA256SUMS.note'])
  for (const line of sums.toString().split('\n').slice(0, -1)) {
    const path = line.slice(66)
    listed.add(path)
    attempt(path, () => check(sha(read(path)).toString('hex') === line.slice(0, 64), 'is not the file that was signed'))
  }
  for (const path of files) attempt(path, () => check(listed.has(path), 'is no part of the export that was signed'))

  // The checkpoint, and who has signed it.
  const info = attempt('bundle.json', () => JSON.parse(read('bundle.json')))
  const checkpoint = attempt('log/checkpoint', () => openCheckpoint(read('log/checkpoint'), log))
  if (checkpoint === undefined || info === undefined) return { problems }
  const { size, root } = checkpoint
  attempt('log/checkpoint', () => check(satisfies(checkpoint.note, ownPolicy ?? read('policy').toString()), 'is not signed by the witnesses that the policy asks for'))
  attempt('bundle.json', () => check(info.size === size && info.origin === log.name && info.root === root.toString('base64'), 'is of another checkpoint'))

  // Tiles: each full one has its root in the one above; what is partial adds up to the signed root.
  const tile = (level, index) => {
    const width = Math.min(256, Math.floor(size / 256 ** level) - index * 256)
    const hashes = read(tilePath(level, index, width))
    check(hashes.length === width * 32, `${tilePath(level, index, width)} has the wrong length`)
    return hashes
  }
  if (isWhole(info)) {
    attempt('log/checkpoint', () => {
      let carry
      for (let level = 0; Math.floor(size / 256 ** level) > 0; level++) {
        const hashes = Math.floor(size / 256 ** level)
        const edge = hashes % 256 === 0 ? [] : hashesOf(tile(level, Math.floor(hashes / 256)))
        // Widths fall from left to right: the edge below is joined to this one as its last, narrower part.
        carry = joinEdge(edge, carry)
      }
      check((carry ?? sha()).equals(root), 'is signed over another root than the tiles add up to')
    })
    for (const path of files) {
      const [, level, name, width] = /^log\/tile\/(entries|\d+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/u.exec(path) ?? []
      if (level === undefined) continue
      const index = Number(name.replace(/[x/]/gu, ''))
      attempt(path, () => {
        if (level === 'entries') {
          const hashes = hashesOf(tile(0, index))
          const entries = entriesOf(read(path))
          check(entries.length === Number(width ?? 256), 'holds another number of entries')
          for (const [n, entry] of entries.entries()) check(hashes[n]?.equals(leafHash(entry)), `entry ${index * 256 + n} is not the one that was signed for`)
        } else if (width === undefined) {
          const above = hashesOf(tile(Number(level) + 1, Math.floor(index / 256)))
          check(merkle(hashesOf(read(path))).equals(above[index % 256] ?? sha()), 'is not the one that the tile above is made of')
        }
      })
    }
  }

  // Entries: by their bundle, and by their proof.
  const lines = attempt('entries.jsonl', () => read('entries.jsonl')) ?? Buffer.alloc(0)
  let count = 0
  let held = { index: -1, entries: [] }
  let last = -1
  for (const line of linesOf(lines)) {
    count++
    const [, number, leaf] = /^\{"index":(\d+),"leaf":(\{.*\})\}$/su.exec(line) ?? []
    const index = Number(number ?? -1)
    attempt('entries.jsonl', () => check(index > last && index < size, `entry ${number} is out of order`))
    last = index
    if (isWhole(info)) {
      attempt('entries.jsonl', () => {
        const bundle = Math.floor(index / 256)
        if (held.index !== bundle) held = { index: bundle, entries: entriesOf(read(tilePath('entries', bundle, Math.min(256, size - bundle * 256)))) }
        check(held.entries[index % 256]?.equals(Buffer.from(leaf)), `entry ${index} is not the one in the log`)
      })
    }
    if (!info.proofs) continue
    const path = `proofs/${Math.floor(index / 1000)}/${index}.tlog-proof`
    attempt(path, () => {
      const proof = parseProof(read(path))
      const from = openCheckpoint(proof.checkpoint, log)
      check(from.size === size && from.root.equals(root), 'leads to another checkpoint')
      check(proof.index === index && proof.entry.toString() === leaf, 'is of another entry')
      check(rootOf(index, size, leafHash(proof.entry), proof.path).equals(root), 'does not lead to the signed root')
    })
  }
  attempt('entries.jsonl', () => check(count === info.entries, `holds ${count} entries, bundle.json says ${info.entries}`))
  return { problems, size, entries: count, origin: log.name }
}

/** One after the other: all of them may be more than a string can hold. */
function* linesOf(bytes) {
  for (let start = 0, end; start < bytes.length; start = end + 1) {
    end = bytes.indexOf(10, start)
    if (end < 0) end = bytes.length
    yield bytes.toString('utf8', start, end)
  }
}

/** The root over the edge of a level (its partial tile) and, to its right, the root of what is narrower. */
function joinEdge(hashes, narrower) {
  const parts = []
  for (let at = 0, rest = hashes.length; rest > 0; ) {
    let width = 1
    while (width * 2 <= rest) width *= 2
    parts.push(merkle(hashes.slice(at, at + width)))
    at += width
    rest -= width
  }
  if (narrower !== undefined) parts.push(narrower)
  return parts.length === 0 ? undefined : parts.reduceRight((right, left) => nodeHash(left, right))
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { key: { type: 'string' }, policy: { type: 'string' } } })
const [folder] = positionals
const out = (text) => process.stdout.write(`${text}\n`)
if (folder === undefined) {
  out('usage: node verify.mjs FOLDER --key VERIFIER_KEY [--policy FILE]')
  process.exit(1)
}
try {
  const { problems, size, entries, origin } = verifyExport(folder, values.key ?? readFileSync(join(folder, 'verifier.key'), 'utf8'), values.policy === undefined ? null : readFileSync(values.policy, 'utf8'))
  for (const [file, what] of [...problems].slice(0, 20)) out(`NOT as it was signed: ${file}: ${what}`)
  if (problems.size === 0) out(`As it was signed: ${entries} of the ${size} entries in ${origin}${values.key === undefined ? '. The key came with the export: compare it with the published one' : ''}`)
  process.exitCode = problems.size === 0 ? 0 : 1
} catch (error) {
  out(`NOT verified: ${error.message}`)
  process.exitCode = 1
}
