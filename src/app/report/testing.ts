import { inflateSync } from 'node:zlib'

/**
 * The text of a PDF as Typst writes it, in drawing order, one space between drawn strings: enough of PDF for tests
 * (classic objects, Flate, two-byte fonts with ToUnicode), so that no other program is needed.
 */
export function pdfText(bytes: Uint8Array): string {
  const file = Buffer.from(bytes).toString('latin1')
  const objects = new Map([...file.matchAll(/^(\d+) 0 obj\b([\s\S]*?)^endobj/gmu)].map(([, id, body]) => [Number(id), body!]))
  const fonts = new Map<string, Map<number, string>>()
  for (const body of objects.values()) {
    for (const [, name, id] of body.matchAll(/\/(f\d+) (\d+) 0 R/gu)) {
      const map = reference(objects.get(Number(id)) ?? '', 'ToUnicode')
      if (map !== undefined) fonts.set(name!, toUnicode(streamOf(objects.get(map) ?? '')))
    }
  }
  const pages = [...objects.values()].filter((body) => /\/Type\s*\/Page\b/u.test(body)).map((body) => streamOf(objects.get(reference(body, 'Contents') ?? -1) ?? ''))
  return pages.map((page) => drawn(page, fonts)).join('\n')
}

function reference(text: string, key: string): number | undefined {
  const match = new RegExp(`/${key}\\s+(\\d+) 0 R`, 'u').exec(text)
  return match === null ? undefined : Number(match[1])
}

export function pageCount(bytes: Uint8Array): number {
  return (Buffer.from(bytes).toString('latin1').match(/\/Type\s*\/Page\b/gu) ?? []).length
}

function streamOf(body: string): string {
  const start = /stream\r?\n/u.exec(body)
  if (start === null) return ''
  const data = Buffer.from(body.slice(start.index + start[0].length, body.lastIndexOf('endstream')), 'latin1')
  return body.includes('/FlateDecode') ? inflateSync(data).toString('latin1') : data.toString('latin1')
}

function utf16(hex: string): string {
  return Buffer.from(hex, 'hex').swap16().toString('utf16le')
}

function toUnicode(cmap: string): Map<number, string> {
  const map = new Map<number, string>()
  for (const [, block] of cmap.matchAll(/beginbfchar([\s\S]*?)endbfchar/gu)) for (const [, from, to] of block!.matchAll(/<([0-9a-f]+)>\s*<([0-9a-f]+)>/giu)) map.set(Number.parseInt(from!, 16), utf16(to!))
  for (const [, block] of cmap.matchAll(/beginbfrange([\s\S]*?)endbfrange/gu)) {
    for (const [, from, to, first] of block!.matchAll(/<([0-9a-f]+)>\s*<([0-9a-f]+)>\s*<([0-9a-f]+)>/giu)) {
      for (let code = Number.parseInt(from!, 16); code <= Number.parseInt(to!, 16); code++) map.set(code, String.fromCodePoint(Number.parseInt(first!, 16) + code - Number.parseInt(from!, 16)))
    }
  }
  return map
}

/** A string of a content stream; pairs of brackets in it may stand unescaped. */
const STRING = String.raw`\((?:\\[\s\S]|[^\\()]|\((?:\\[\s\S]|[^\\()])*\))*\)`
const OPERATION = new RegExp(String.raw`/(f\d+) [\d.]+ Tf|\[((?:${STRING}|[^\]])*)\]\s*TJ|(${STRING})\s*Tj`, 'gu')

function drawn(content: string, fonts: ReadonlyMap<string, ReadonlyMap<number, string>>): string {
  let font: ReadonlyMap<number, string> = new Map()
  const parts: string[] = []
  for (const [, name, array, string] of content.matchAll(OPERATION)) {
    if (name !== undefined) font = fonts.get(name) ?? new Map()
    else parts.push(((array ?? string)!.match(new RegExp(STRING, 'gu')) ?? []).map((one) => decode(unescaped(one.slice(1, -1)), font)).join(''))
  }
  return parts.join(' ').replace(/\u200B/gu, '')
}

function unescaped(raw: string): string {
  return raw.replace(/\\(?:([0-7]{1,3})|([\s\S]))/gu, (_, octal: string | undefined, char: string) => (octal === undefined ? ({ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }[char] ?? char) : String.fromCharCode(Number.parseInt(octal, 8))))
}

function decode(glyphs: string, font: ReadonlyMap<number, string>): string {
  let text = ''
  for (let at = 0; at + 1 < glyphs.length; at += 2) text += font.get(glyphs.charCodeAt(at) * 256 + glyphs.charCodeAt(at + 1)) ?? '\uFFFD'
  return text
}
