import { openCheckpoint } from '../note/checkpoint.ts'
import type { Verifier } from '../note/keys.ts'
import type { Policy } from '../note/policy.ts'
import type { TileSource } from '../tiles/tile-source.ts'
import { WITNESSED } from '../witness/publish-cosigned.ts'
import { currentCheckpoint } from './prove-entry.ts'

/**
 * The log up to the newest checkpoint that satisfies the policy: the published one, else the one kept beside it, which is a
 * second or two older while the witnesses are being asked. Null = neither does.
 */
export async function witnessedSource(source: TileSource, log: Verifier, policy: Policy): Promise<TileSource | null> {
  const enough = (bytes: Buffer): boolean => policy.satisfied(new Set(openCheckpoint(bytes, log, policy.witnesses).cosigned.map(({ key }) => key)))
  if (enough((await currentCheckpoint(source, log)).bytes)) return source
  const witnessed = await source.read(WITNESSED)
  if (witnessed === null || !enough(witnessed)) return null
  return { read: (path) => (path === 'checkpoint' ? Promise.resolve(witnessed) : source.read(path)) }
}
