import { fillPreset, presetParameters, PRESETS, type Preset } from '../../route/protocols/presets.ts'
import { nearestName } from './nearest-name.ts'
import type { Problems } from './problems.ts'
import type { PoolFile } from './schema.ts'
import type { Path } from './yaml-source.ts'

/** The preset of a pool with its parameters filled in; null where there is none, or where one is a problem. */
export function presetOf(pool: PoolFile, path: Path, problems: Problems): Pick<Preset, 'url' | 'paths' | 'protocol'> | null {
  const given = pool.parameters ?? {}
  if (pool.preset === undefined) {
    if (pool.parameters !== undefined) problems.add([...path, 'parameters'], 'are there without a preset', 'Add preset, or remove them')
    return null
  }
  const preset: Preset = PRESETS[pool.preset]
  const wanted = presetParameters(preset)
  const missing = wanted.filter((name) => !Object.hasOwn(given, name))
  if (missing.length > 0) problems.add([...path, 'parameters'], `of the preset ${pool.preset} lack ${missing.join(', ')}`, `Give parameters: {${missing.map((name) => `${name}: ...`).join(', ')}}`)
  for (const name of Object.keys(given).filter((one) => !wanted.includes(one))) {
    const near = nearestName(name, wanted)
    problems.add([...path, 'parameters', { key: name }], `is no parameter of the preset ${pool.preset}`, near === null ? `It has ${wanted.join(', ') || 'none'}` : `Did you mean ${near}?`)
  }
  return missing.length > 0 ? null : { ...fillPreset(preset, given), protocol: preset.protocol }
}
