import { SpillwayError } from '../../core/errors.ts'

/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256

export interface Tile {
  /** Level of the tile, 0 to 63; `entries` = a bundle of entries. */
  readonly level: number | 'entries'
  /** From the left; up to 2^53 - 1. */
  readonly index: number
  /** 1 to 256; below 256 the tile is partial. */
  readonly width: number
}

/** `tile/<L>/<N>[.p/<W>]`, with N in groups of three digits, all but the last after an x. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/gu) ?? []
  const name = groups.map((group, n) => (n < groups.length - 1 ? `x${group}` : group)).join('/')
  return `tile/${level}/${name}${width < TILE_WIDTH ? `.p/${width}` : ''}`
}

const PATH = /^tile\/(entries|0|[1-9]|[1-5]\d|6[0-3])\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/u

/** The tile of a path in the one right spelling; throws AUDIT_TILE_INVALID for any other. */
export function parseTilePath(path: string): Tile {
  const match = PATH.exec(path)
  const width = Number(match?.[3] ?? TILE_WIDTH)
  const tile: Tile = { level: match?.[1] === 'entries' ? 'entries' : Number(match?.[1]), index: Number(match?.[2]?.replace(/[x/]/gu, '')), width }
  if (match === null || !Number.isSafeInteger(tile.index) || tilePath(tile) !== path) throw new SpillwayError('AUDIT_TILE_INVALID', 'is no path of a tile', 'Paths look like tile/0/x001/234 or tile/entries/000.p/17', { file: path })
  return tile
}

/** Hashes at a level of the tiles of a tree: floor(size / 256^level). */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level)
}

/** Levels that a tree of this size has tiles at. */
export function tileLevels(size: number): number {
  let level = 0
  while (hashesAt(level, size) > 0) level++
  return level
}

/** The tile that holds hash number `n` of a level, as wide as a tree of `size` has it. */
export function tileOf(level: number | 'entries', n: number, size: number): Tile {
  const index = Math.floor(n / TILE_WIDTH)
  return { level, index, width: Math.min(TILE_WIDTH, hashesAt(level === 'entries' ? 0 : level, size) - index * TILE_WIDTH) }
}
