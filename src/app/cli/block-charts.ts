const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/** One character a value: height relative to `max`, a space for 0, a dot for what is unknown. */
export function sparkline(values: readonly (number | null)[], max: number): string {
  return values.map((value) => (value === null ? '·' : value <= 0 || max <= 0 ? ' ' : LEVELS[Math.min(7, Math.floor((value / max) * 8))]!)).join('')
}

/** Columns of values from 0 to `max` as an area of `rows` lines, top line first, an eighth of a line exact. */
export function areaChart(values: readonly number[], max: number, rows: number): string[] {
  const eighths = values.map((value) => (max <= 0 ? 0 : Math.round((value / max) * rows * 8)))
  return Array.from({ length: rows }, (_, line) => {
    const below = (rows - 1 - line) * 8
    return eighths.map((height) => (height - below >= 8 ? '█' : height <= below ? ' ' : LEVELS[height - below - 1]!)).join('')
  })
}
