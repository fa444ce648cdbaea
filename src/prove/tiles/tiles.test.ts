import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBundle, encodeEntry, MAX_ENTRY_BYTES } from './entry-bundle.ts'
import { hashesAt, parseTilePath, tileLevels, tileOf, tilePath } from './tile-path.ts'

const bundleOf = (list: readonly Uint8Array[]): Buffer => Buffer.concat(list.map(encodeEntry))

describe('paths of tiles', () => {
  it.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 1, index: 1_234_067, width: 256 }, 'tile/1/x001/x234/067'],
    [{ level: 63, index: 999, width: 1 }, 'tile/63/999.p/1'],
    [{ level: 'entries', index: 1000, width: 255 }, 'tile/entries/x001/000.p/255'],
  ] as const)('%o', (tile, path) => {
    expect(tilePath(tile)).toBe(path)
    expect(parseTilePath(path)).toEqual(tile)
  })

  it('come back from any tile', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const)), fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (level, index, width) => {
        expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ level, index, width })
      }),
    )
  })

  it.each(['', 'tile/0/0', 'tile/00/000', 'tile/64/000', 'tile/-1/000', 'tile/0/x000/000', 'tile/0/x000', 'tile/0/001/000', 'tile/0/000.p/0', 'tile/0/000.p/256', 'tile/0/000.p/01', 'tile/0/000.p/', 'tile/0/000/', '/tile/0/000', 'tile/0/../000', 'tile/data/000', 'tile/0/x009/x007/x199/x254/x740/x993'])('"%s" is none', (path) => {
    expect(() => parseTilePath(path)).toThrowError(expect.objectContaining({ code: 'AUDIT_TILE_INVALID' }))
  })

  it('a tree of 70,000 has the tiles that the specification counts', () => {
    expect(tileLevels(70_000)).toBe(3)
    expect([0, 1, 2].map((level) => hashesAt(level, 70_000))).toEqual([273 * 256 + 112, 273, 1])
    expect([0, 1, 2].map((level) => tilePath(tileOf(level, hashesAt(level, 70_000) - 1, 70_000)))).toEqual(['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1'])
  })

  it('a tree of 256 has a full tile and one hash above it; an empty one has none', () => {
    expect(tileLevels(256)).toBe(2)
    expect([tileOf(0, 255, 256), tileOf(1, 0, 256)].map(tilePath)).toEqual(['tile/0/000', 'tile/1/000.p/1'])
    expect([0, 1, 255].map(tileLevels)).toEqual([0, 1, 1])
  })
})

describe('bundles of entries', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 })

  it('give back what was put in, of any bytes', () => {
    fc.assert(
      fc.property(entries, (list) => {
        expect(decodeBundle(bundleOf(list), list.length, 'x')).toEqual(list.map((entry) => Buffer.from(entry)))
      }),
    )
  })

  it('are refused when cut anywhere, when longer, or when the count is another', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, at) => {
        const bundle = bundleOf(list)
        const cut = bundle.subarray(0, at % bundle.length)
        for (const [bytes, count] of [[cut, list.length], [bundle, list.length - 1], [bundle, list.length + 1], [Buffer.concat([bundle, Buffer.from([0])]), list.length]] as const) {
          expect(() => decodeBundle(bytes, count, 'tile/entries/000')).toThrowError(expect.objectContaining({ code: 'AUDIT_TILE_INVALID', place: { file: 'tile/entries/000' } }))
        }
      }),
    )
  })

  it('hold entries of up to 65,535 bytes', () => {
    expect(decodeBundle(encodeEntry(Buffer.alloc(MAX_ENTRY_BYTES, 7)), 1, 'x')[0]).toHaveLength(MAX_ENTRY_BYTES)
    expect(() => encodeEntry(Buffer.alloc(MAX_ENTRY_BYTES + 1))).toThrowError(expect.objectContaining({ code: 'AUDIT_ENTRY_TOO_LONG' }))
  })
})
