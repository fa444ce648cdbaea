import type { PictureData, PlanResult } from '../plan-result.ts'
import { percent } from './format.ts'
import { weekColumns, type WeekColumn } from './picture-week.ts'
import type { Service } from './services.ts'

/**
 * The signature picture as plain geometry, for every renderer. Across: 0 to 1 of a panel. Up: replicas, 0 to `top`, the
 * axis that both panels share. Left, demand over the week; right, the same demand sorted (load-duration); both are cut
 * into bands, one a replica (several where there are many), named by what serves them in the recommended plan.
 */
export interface Picture {
  readonly top: number
  readonly ticks: readonly Tick[]
  /** From the bottom up, without holes. */
  readonly bands: readonly Band[]
  readonly week: {
    readonly title: string
    readonly columns: readonly WeekColumn[]
    readonly ticks: readonly Tick[]
  }
  readonly duration: {
    readonly title: string
    /** The sorted demand in columns of equal width, largest first; each the mean of its bins, so that areas (not the tip) are exact. */
    readonly columns: readonly number[]
    readonly ticks: readonly Tick[]
  }
  /**
   * Where the line stands in the right panel. The mean of the curve's edge within a band is that band's mean fill, so a
   * band whose edge lies right of the line is worth a dedicated replica. Null where no share of time makes it worth one.
   */
  readonly breakEven: { readonly at: number; readonly label: string } | null
  /** The whole picture in one sentence, for those who do not see it. */
  readonly alt: string
}

export interface Tick {
  readonly at: number
  readonly label: string
}

export interface Band {
  /** Replicas from `from` (exclusive of none: 0 is the axis) up to `to`. */
  readonly from: number
  readonly to: number
  readonly service: Service
  readonly meanFill: number
  /** Replica numbers: `3` or `13-15`. */
  readonly label: string
}

/** How finely to cut. A renderer of characters asks for its own columns. */
export interface PictureDetail {
  readonly weekColumns: number
  readonly durationColumns: number
  readonly mostBands: number
}

export const FINE: PictureDetail = { weekColumns: 168, durationColumns: 240, mostBands: 20 }

/** Lays the picture of a plan out. */
export function layoutPicture({ picture, scenarios, recommended }: Pick<PlanResult, 'picture' | 'scenarios' | 'recommended'>, detail: PictureDetail = FINE): Picture {
  const chosen = scenarios.find(({ id }) => id === recommended)
  const serviceOf = (choice: Exclude<Service, 'tokens'>): Service => (chosen?.family === 'tokens' ? 'tokens' : choice)
  const peak = picture.demand.reduce((most, value) => Math.max(most, value), 0)
  const top = Math.max(1, picture.levels.length, Math.ceil(peak - 1e-9))
  const bands = cutIntoBands(picture.levels, detail.mostBands, serviceOf)
  const { columns, ticks, title } = weekColumns(picture, detail.weekColumns)
  const { breakEven } = picture
  return {
    top,
    ticks: replicaTicks(top),
    bands,
    week: { title, columns, ticks },
    duration: {
      title: 'the same, sorted',
      columns: sortedColumns(picture.demand, detail.durationColumns),
      ticks: [0, 0.5, 1].map((at) => ({ at, label: at === 0.5 ? '50 % of the time' : `${at * 100} %` })),
    },
    breakEven: breakEven > 0 && breakEven <= 1 ? { at: breakEven, label: `break-even ${percent(breakEven)}` } : null,
    alt: describe(bands, top, breakEven),
  }
}

function cutIntoBands(levels: PictureData['levels'], most: number, serviceOf: (choice: PictureData['levels'][number]['choice']) => Service): Band[] {
  const size = roundStep(levels.length / most)
  const bands: Band[] = []
  for (const [index, { choice, meanFill }] of levels.entries()) {
    const service = serviceOf(choice)
    const last = bands.at(-1)
    // A band never mixes services, so that the border between owned and rented is exact.
    if (last === undefined || last.service !== service || index % size === 0) {
      bands.push({ from: index, to: index + 1, service, meanFill, label: String(index + 1) })
    } else {
      const count = last.to - last.from
      bands[bands.length - 1] = { ...last, to: index + 1, meanFill: (last.meanFill * count + meanFill) / (count + 1), label: `${last.from + 1}-${index + 1}` }
    }
  }
  return bands
}

function sortedColumns(demand: readonly number[], most: number): number[] {
  const sorted = Float64Array.from(demand).sort().reverse()
  const count = Math.min(most, Math.max(1, sorted.length))
  return Array.from({ length: count }, (_, column) => {
    // Bins may straddle two columns: each counts by its share, so that the area stays exact.
    const from = (column * sorted.length) / count
    const to = ((column + 1) * sorted.length) / count
    let sum = 0
    for (let bin = Math.floor(from); bin < Math.ceil(to - 1e-9); bin++) sum += (sorted[bin] ?? 0) * (Math.min(bin + 1, to) - Math.max(bin, from))
    return sorted.length === 0 ? 0 : sum / (to - from)
  })
}

function replicaTicks(top: number): Tick[] {
  const step = roundStep(top / 5)
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => ({ at: index * step, label: (index * step).toLocaleString('en-US') }))
}

/** The least of 1, 2, 5, 10, 20, 50 ... that is at least `least`. */
function roundStep(least: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, least)))
  return [1, 2, 5].map((factor) => factor * magnitude).find((step) => step >= least) ?? 10 * magnitude
}

function describe(bands: readonly Band[], top: number, breakEven: number): string {
  const counts = new Map<Service, number>()
  for (const { service, from, to } of bands) counts.set(service, (counts.get(service) ?? 0) + to - from)
  const words = { dedicated: 'on dedicated replicas', elastic: 'rented by the hour', serverless: 'on serverless', tokens: 'bought by the token' }
  const parts = [...counts].map(([service, count]) => `${count} ${words[service]}`)
  return `Demand over the week and the same demand sorted, up to ${top} ${top === 1 ? 'replica' : 'replicas'}: ${parts.join(', ')}. Break-even: a replica filled ${percent(breakEven)} of the time.`
}
