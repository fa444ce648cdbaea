import type { Band, Picture } from './picture.ts'
import { IDLE, SERVICES, type Service } from './services.ts'

export interface SvgOptions {
  /** A CSS font list. Default: the reader's system font. */
  readonly fontFamily?: string
}

const SYSTEM_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
const WIDTH = 780
const HEIGHT = 300
const TOP = 30
const BOTTOM = 248
const WEEK = { left: 40, width: 420 } as const
const SORTED = { left: 484, width: 180 } as const
const INK = '#222222'
const FAINT = '#666666'
/** Text below this row height would overlap. */
const ROOM_FOR_TEXT = 10

/** The picture as a standalone SVG document, 780 x 300, without scripts, styles from elsewhere or external fonts. */
export function pictureSvg(picture: Picture, { fontFamily = SYSTEM_FONTS }: SvgOptions = {}): string {
  const services = [...new Set(picture.bands.map(({ service }) => service))]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escape(picture.alt)}" font-family="${escape(fontFamily)}" font-size="11" fill="${INK}">`,
    `<title>${escape(picture.alt)}</title>`,
    textures(services),
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#FFFFFF"/>`,
    ...frame(picture),
    ...picture.bands.flatMap((band) => [...weekBand(picture, band), ...sortedBand(picture, band)]),
    ...rows(picture),
    ...gapMarks(picture),
    ...breakEvenLine(picture),
    ...legend(picture, services),
    '</svg>',
    '',
  ].join('\n')
}

/** Idle is hatched. Sky and orange have the same gray: white lines over the orange tell them apart there. */
function textures(services: readonly Service[]): string {
  const parts = [stripes('idle', 5, 45, `fill="${IDLE.color}"`)]
  if (services.includes('serverless')) parts.push(stripes('serverless', 4, -45, 'fill="#FFFFFF" fill-opacity="0.5"'))
  return `<defs>${parts.join('')}</defs>`
}

function stripes(id: string, size: number, turn: number, paint: string): string {
  return `<pattern id="${id}" width="${size}" height="${size}" patternUnits="userSpaceOnUse" patternTransform="rotate(${turn})"><rect width="1" height="${size}" ${paint}/></pattern>`
}

/** A shape in the color of its service, with the texture over it. */
function filled(shape: string, service: Service, opacity = 1): string[] {
  const strength = opacity === 1 ? '' : ` fill-opacity="${opacity}"`
  const base = `<${shape} fill="${SERVICES[service].color}"${strength}/>`
  return service === 'serverless' ? [base, `<${shape} fill="url(#serverless)"/>`] : [base]
}

function yOf({ top }: Picture, replicas: number): number {
  return BOTTOM - (Math.min(top, Math.max(0, replicas)) / top) * (BOTTOM - TOP)
}

function frame(picture: Picture): string[] {
  const lines = [text(WEEK.left, TOP - 14, 'start', `Replicas: ${picture.week.title}`, INK), text(SORTED.left, TOP - 14, 'start', picture.duration.title, INK)]
  if (picture.bands.length > 0) lines.push(text(SORTED.left + SORTED.width + 6, TOP - 14, 'start', 'mean fill'))
  for (const { at, label } of picture.ticks) lines.push(text(WEEK.left - 6, yOf(picture, at) + 4, 'end', label))
  for (const { at, label } of picture.week.ticks) {
    const x = WEEK.left + at * WEEK.width
    lines.push(`<path d="M${n(x)} ${BOTTOM}v4" stroke="${FAINT}"/>`, text(x + 2, BOTTOM + 14, 'start', label))
  }
  for (const { at, label } of picture.duration.ticks) lines.push(text(SORTED.left + at * SORTED.width, BOTTOM + 14, at === 0 ? 'start' : at === 1 ? 'end' : 'middle', label))
  return lines
}

function text(x: number, y: number, anchor: string, label: string, fill = FAINT): string {
  return `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}" fill="${fill}">${escape(label)}</text>`
}

function weekBand(picture: Picture, band: Band): string[] {
  const { columns } = picture.week
  const x = (at: number): number => WEEK.left + at * WEEK.width
  const part = (from: 'zero' | 'middle', to: 'middle' | 'high'): string =>
    steps(picture, columns.map((column) => ({ left: x(column.from), right: x(column.to), low: from === 'zero' ? 0 : (column[from] ?? 0), high: column[to] ?? 0 })), band)
  const sometimes = part('middle', 'high')
  const mostly = part('zero', 'middle')
  const shapes: string[] = []
  if (band.service === 'dedicated') shapes.push(`<rect x="${WEEK.left}" y="${n(yOf(picture, band.to))}" width="${WEEK.width}" height="${n(heightOf(picture, band))}" fill="url(#idle)" fill-opacity="0.6"/>`)
  if (sometimes !== '') shapes.push(`<path d="${sometimes}" fill="#FFFFFF"/>`, ...filled(`path d="${sometimes}"`, band.service, 0.4))
  if (mostly !== '') shapes.push(...filled(`path d="${mostly}"`, band.service))
  return shapes
}

function sortedBand(picture: Picture, band: Band): string[] {
  const { columns } = picture.duration
  const width = SORTED.width / columns.length
  const area = steps(picture, columns.map((value, index) => ({ left: SORTED.left + index * width, right: SORTED.left + (index + 1) * width, low: 0, high: value })), band)
  const shapes: string[] = []
  if (band.service === 'dedicated') shapes.push(`<rect x="${SORTED.left}" y="${n(yOf(picture, band.to))}" width="${SORTED.width}" height="${n(heightOf(picture, band))}" fill="url(#idle)" fill-opacity="0.6"/>`)
  if (area !== '') shapes.push(...filled(`path d="${area}"`, band.service))
  return shapes
}

interface Slab {
  readonly left: number
  readonly right: number
  readonly low: number
  readonly high: number
}

/** The part of a column chart that lies within a band, as one path of rectangles; equal neighbors are drawn as one. */
function steps(picture: Picture, slabs: readonly Slab[], band: Band): string {
  const cut = (value: number): number => Math.min(band.to, Math.max(band.from, value))
  const merged: Slab[] = []
  for (const slab of slabs) {
    const next = { ...slab, low: cut(slab.low), high: cut(slab.high) }
    const last = merged.at(-1)
    if (next.high <= next.low) continue
    if (last !== undefined && last.low === next.low && last.high === next.high && Math.abs(last.right - next.left) < 1e-9) merged[merged.length - 1] = { ...last, right: next.right }
    else merged.push(next)
  }
  return merged.map(({ left, right, low, high }) => `M${n(left)} ${n(yOf(picture, high))}H${n(right)}V${n(yOf(picture, low))}H${n(left)}Z`).join('')
}

const heightOf = (picture: Picture, { from, to }: Band): number => yOf(picture, from) - yOf(picture, to)

/** Thin white cuts between replicas, and beside each row how full it is. */
function rows(picture: Picture): string[] {
  const shapes: string[] = []
  const right = SORTED.left + SORTED.width
  for (const [index, band] of picture.bands.entries()) {
    const y = yOf(picture, band.to)
    if (index < picture.bands.length - 1) shapes.push(`<path d="M${WEEK.left} ${n(y)}h${WEEK.width}M${SORTED.left} ${n(y)}h${SORTED.width}" stroke="#FFFFFF" stroke-width="0.8"/>`)
    if (heightOf(picture, band) >= ROOM_FOR_TEXT) shapes.push(`<text x="${right + 34}" y="${n(y + heightOf(picture, band) / 2 + 4)}" text-anchor="end" font-size="9.5" fill="${FAINT}">${Math.round(band.meanFill * 100)} %</text>`)
  }
  shapes.push(`<path d="M${WEEK.left} ${BOTTOM}h${WEEK.width}M${SORTED.left} ${BOTTOM}h${SORTED.width}" stroke="${FAINT}"/>`)
  return [...shapes, ...brackets(picture)]
}

/** What serves a run of rows, said beside it. */
function brackets(picture: Picture): string[] {
  const runs: { service: Service; from: number; to: number }[] = []
  for (const { service, from, to } of picture.bands) {
    const last = runs.at(-1)
    if (last?.service === service) runs[runs.length - 1] = { ...last, to }
    else runs.push({ service, from, to })
  }
  const x = SORTED.left + SORTED.width + 40
  const shapes: string[] = []
  for (const { service, from, to } of runs) {
    const [high, low] = [yOf(picture, to) + 1, yOf(picture, from) - 1]
    shapes.push(`<path d="M${x} ${n(high)}V${n(Math.max(high, low))}" stroke="${SERVICES[service].color}" stroke-width="3"/>`)
    if (low - high + 2 >= ROOM_FOR_TEXT) shapes.push(`<text x="${x + 5}" y="${n((high + low) / 2 + 4)}" font-size="9.5">${escape(SERVICES[service].label)}</text>`)
  }
  return shapes
}

function gapMarks(picture: Picture): string[] {
  return picture.week.columns.filter(({ gap }) => gap).map(({ from, to }) => `<path d="M${n(WEEK.left + ((from + to) / 2) * WEEK.width)} ${BOTTOM - 1}l-3 -6h6z" fill="#FFFFFF" stroke="${INK}" stroke-width="0.8"/>`)
}

function breakEvenLine({ breakEven }: Picture): string[] {
  if (breakEven === null) return []
  const x = SORTED.left + breakEven.at * SORTED.width
  return [
    `<path d="M${n(x)} ${TOP - 4}V${BOTTOM}" stroke="#FFFFFF" stroke-width="3"/>`,
    `<path d="M${n(x)} ${TOP - 4}V${BOTTOM}" stroke="${INK}" stroke-width="1.4" stroke-dasharray="5 3"/>`,
    `<text x="${n(x + 4)}" y="${TOP - 1}" font-size="9.5">${escape(breakEven.label)}</text>`,
  ]
}

function legend(picture: Picture, services: readonly Service[]): string[] {
  const shapes: string[] = []
  let x: number = WEEK.left
  const item = (label: string, swatch: (shape: string) => string[]): void => {
    shapes.push(...swatch(`rect x="${n(x)}" y="${HEIGHT - 22}" width="14" height="10"`), `<text x="${n(x + 19)}" y="${HEIGHT - 13}">${escape(label)}</text>`)
    x += 32 + label.length * 6
  }
  for (const service of services) item(SERVICES[service].label, (shape) => filled(shape, service))
  if (services.includes('dedicated')) item('paid, idle', (shape) => [`<${shape} fill="url(#idle)"/>`])
  const notes = ['solid: median; pale: up to the most seen', ...(picture.week.columns.some(({ gap }) => gap) ? ['triangle: possible recording gap'] : [])]
  shapes.push(`<text x="${n(x + 6)}" y="${HEIGHT - 13}" fill="${FAINT}">${escape(notes.join('; '))}</text>`)
  return shapes
}

function escape(label: string): string {
  const safe = label.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/gu, '?')
  return safe.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** A coordinate with at most two decimals, never "-0". */
function n(value: number): string {
  return String(Math.round(value * 100) / 100 + 0)
}
