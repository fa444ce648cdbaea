import { hashesAt, tileLevels, TILE_WIDTH, tilePath } from '../tiles/tile-path.ts'
import type { LogFs } from './log-fs.ts'

/**
 * Removes what a commit that never came to its end has left behind: tiles and bundles beyond `size`, which no checkpoint was
 * signed for. `reach`: most entries of a commit.
 */
export function sweepBeyond(fs: LogFs, folder: string, size: number, reach: number): void {
  for (const level of ['entries', ...Array.from({ length: tileLevels(size + reach) }, (_, n) => n)] as const) {
    const hashes = hashesAt(level === 'entries' ? 0 : level, size)
    const first = Math.floor(hashes / TILE_WIDTH)
    const last = first + Math.ceil(reach / TILE_WIDTH)
    for (let index = first; index <= last; index++) {
      const file = `${folder}/${tilePath({ level, index, width: TILE_WIDTH })}`
      const widest = index === first ? hashes % TILE_WIDTH : 0
      for (const name of fs.list(`${file}.p`)) if (!(Number(name) <= widest)) fs.remove(`${file}.p/${name}`)
      if (widest === 0) fs.remove(`${file}.p`)
      fs.remove(file)
      fs.remove(`${file}.tmp`)
    }
  }
}

/** Removes the partial tiles of a tile that is full: readers find the full one in their place. */
export function removePartials(fs: LogFs, folder: string, path: string): void {
  const partials = `${folder}/${path}.p`
  for (const name of fs.list(partials)) fs.remove(`${partials}/${name}`)
  fs.remove(partials)
}
