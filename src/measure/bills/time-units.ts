const UNIT = /^(\d+(?:\.\d+)?)? ?(?:(gpu|accelerator)[- ]?)?(h|hours?|hrs?|m|min|mins?|minutes?|s|secs?|seconds?)$/u
const HOURS = { h: 1, m: 1 / 60, s: 1 / 3600 }

/**
 * Hours in `quantity` of a bill's unit (`Hrs`, `1 Hour`, `100 Hours`, `seconds`, `GPU-hours`) and whether the unit
 * counts GPUs already. Null for units that are no time.
 */
export function hoursOf(quantity: number, unit: string): { readonly hours: number; readonly perGpu: boolean } | null {
  const match = UNIT.exec(unit.trim().toLowerCase())
  if (match === null) return null
  const [, block = '1', gpu, name = 'h'] = match
  return { hours: quantity * Number(block) * HOURS[name[0] as 'h' | 'm' | 's'], perGpu: gpu !== undefined }
}
