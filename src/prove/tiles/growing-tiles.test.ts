import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leavesOf, rootByDefinition } from '../tree/testing.ts'
import { GrowingTiles, type TileContent } from './growing-tiles.ts'
import { tilePath } from './tile-path.ts'

const leaves = leavesOf(70_000)

/** The tiles that a tree has by the specification: MTH over the leaves that each hash stands for. */
function tileByDefinition(path: string, count: number): string {
  const [, level, index, width] = /^tile\/(\d+)\/([x\d/]+)(?:\.p\/(\d+))?$/u.exec(path)!
  const span = 256 ** Number(level)
  const first = Number(index!.replace(/[x/]/gu, '')) * 256
  return Buffer.concat(Array.from({ length: Number(width ?? 256) }, (_, n) => rootByDefinition(leaves.slice(0, count).slice((first + n) * span, (first + n + 1) * span)))).toString('base64')
}

describe('growing tiles', () => {
  it('have the root by definition, at sizes around the borders', () => {
    const tiles = new GrowingTiles()
    for (const size of [0, 1, 2, 3, 7, 8, 254, 255, 256, 257, 511, 512, 513, 767, 768, 1030]) {
      for (const leaf of leaves.slice(tiles.size, size)) tiles.append(leaf, () => {})
      expect(tiles.size).toBe(size)
      expect(Buffer.from(tiles.root())).toEqual(Buffer.from(rootByDefinition(leaves.slice(0, size))))
    }
  })

  it('a tree of 70,000: 273 + 1 full tiles, three partial ones, each as defined', () => {
    const tiles = new GrowingTiles()
    const full: TileContent[] = []
    for (const leaf of leaves) tiles.append(leaf, (tile) => full.push(tile))
    const partial = tiles.partial()
    expect(full).toHaveLength(274)
    expect(partial.map(({ tile }) => tilePath(tile))).toEqual(['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1'])
    for (const { tile, hashes } of [...full.filter((_, n) => n % 40 === 0), full.find(({ tile }) => tile.level === 1)!, ...partial]) expect(hashes.toString('base64')).toBe(tileByDefinition(tilePath(tile), 70_000))
    expect(Buffer.from(tiles.root())).toEqual(Buffer.from(rootByDefinition(leaves)))
  })

  it('go on from their partial tiles at any size as if never stopped', () => {
    fc.assert(
      fc.property(fc.nat(1500), fc.nat(600), (size, more) => {
        const [whole, first] = [new GrowingTiles(), new GrowingTiles()]
        const [ofWhole, ofRest]: [string[], string[]] = [[], []]
        for (const leaf of leaves.slice(0, size)) {
          whole.append(leaf, () => {})
          first.append(leaf, () => {})
        }
        const byLevel = [0, 1].map((level) => first.partial().find(({ tile }) => tile.level === level)?.hashes ?? Buffer.alloc(0))
        const rest = new GrowingTiles(size, byLevel)
        for (const leaf of leaves.slice(size, size + more)) {
          whole.append(leaf, ({ tile, hashes }) => ofWhole.push(`${tilePath(tile)} ${hashes.toString('hex')}`))
          rest.append(leaf, ({ tile, hashes }) => ofRest.push(`${tilePath(tile)} ${hashes.toString('hex')}`))
        }
        expect(ofRest).toEqual(ofWhole)
        expect(rest.partial()).toEqual(whole.partial())
        expect(rest.root()).toEqual(whole.root())
      }),
      { numRuns: 30 },
    )
  })
})
