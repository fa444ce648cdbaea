import type { PlanResult } from '../plan-result.ts'
import { layoutPicture, type Band, type Picture } from './picture.ts'
import { IDLE, SERVICES, type Service } from './services.ts'

export interface TextOptions {
  /** Characters a line, 60 to 100. Default 100. */
  readonly width?: number
  /** Whether to color the blocks with ANSI sequences. */
  readonly color?: boolean
}

const AXIS = 5
const RIGHT = 18
const MOST_LINES = 10

/** The picture in block characters, one string a line, at most `width` characters each (color sequences not counted). */
export function pictureText(result: Pick<PlanResult, 'picture' | 'scenarios' | 'recommended'>, { width = 100, color = false }: TextOptions = {}): string[] {
  const all = Math.min(100, Math.max(60, Math.floor(width)))
  const room = all - AXIS - RIGHT - 2
  const sorted = Math.floor(room / 3)
  const week = room - sorted
  const picture = layoutPicture(result, { weekColumns: week, durationColumns: sorted, mostBands: MOST_LINES + 4 })
  const lines = picture.top <= MOST_LINES + 4 ? picture.top * Math.max(1, Math.floor(MOST_LINES / picture.top)) : MOST_LINES
  const paint = color ? painted : plain
  const body = Array.from({ length: lines }, (_, line) => row(picture, lines - 1 - line, lines, week, sorted, paint))
  return [
    `${' '.repeat(AXIS)}${fit(`replicas: ${picture.week.title}`, week).padEnd(week + 2)}${sortedTitle(picture, sorted).padEnd(sorted + 1)} mean fill`,
    ...body,
    `${' '.repeat(AXIS - 1)}└${cells(week, picture.week.columns, ({ gap }) => (gap ? '?' : '─')).join('')} └${'─'.repeat(sorted)}`,
    `${' '.repeat(AXIS)}${ruler(picture.week.ticks, week)}  ${ruler(picture.duration.ticks, sorted)}`.trimEnd(),
    ...legend(picture, all, paint),
  ]
}

type Kind = 'full' | 'idle' | 'some' | 'line' | 'none'
const BLOCKS: Readonly<Record<Kind, string>> = { full: ' ', some: '·', idle: IDLE.block, line: '┊', none: ' ' }

type Paint = (block: string, service: Service | 'idle') => string

const plain: Paint = (block) => block
const painted: Paint = (block, service) => `\u001B[38;5;${service === 'idle' ? IDLE.ansi : SERVICES[service].ansi}m${block}\u001B[39m`

/** One line of characters; a cell is full where demand reaches its middle. */
function row(picture: Picture, index: number, lines: number, week: number, sorted: number, paint: Paint): string {
  const height = picture.top / lines
  const middle = (index + 0.5) * height
  const band = bandAt(picture, middle)
  const below = band?.service === 'dedicated' ? 'idle' : 'none'
  const left = cells(week, picture.week.columns, ({ middle: usual, high }): Kind => ((usual ?? 0) >= middle ? 'full' : (high ?? 0) >= middle ? 'some' : usual === null ? 'none' : below))
  const right = cells(sorted, picture.duration.columns, (value): Kind => (value >= middle ? 'full' : below))
  if (picture.breakEven !== null) right[Math.min(sorted - 1, Math.floor(picture.breakEven.at * sorted))] = 'line'
  const tick = picture.ticks.find(({ at }) => at > index * height + 1e-9 && at <= (index + 1) * height + 1e-9)
  const label = band !== undefined && labeled(picture, band, middle, height) ? ` ${`${Math.round(band.meanFill * 100)}`.padStart(3)} % ${SERVICES[band.service].label}` : ''
  return `${(tick?.label ?? '').padStart(AXIS - 1)}│${draw(left, band, paint)} │${draw(right, band, paint)}${label}`.trimEnd()
}

function bandAt({ bands }: Picture, replicas: number): Band | undefined {
  return bands.find(({ from, to }) => replicas > from && replicas <= to)
}

/** A band is named once: on its middle line, or on its first where lines are coarser than bands. */
function labeled(picture: Picture, band: Band, middle: number, height: number): boolean {
  const size = Math.round((band.to - band.from) / height)
  if (size <= 1) return bandAt(picture, middle - height) !== band
  const line = Math.round((middle - band.from) / height - 0.5)
  return line === Math.floor((size - 1) / 2)
}

function cells<T, K>(width: number, columns: readonly T[], kind: (column: T) => K): K[] {
  return Array.from({ length: width }, (_, cell) => kind(columns[Math.floor(((cell + 0.5) / width) * columns.length)]!))
}

/** Cells as text; neighbors of one kind share a color sequence. */
function draw(kinds: readonly Kind[], band: Band | undefined, paint: Paint): string {
  let text = ''
  for (let start = 0, end = 0; start < kinds.length; start = end) {
    const kind = kinds[start]!
    while (end < kinds.length && kinds[end] === kind) end++
    const run = (kind === 'full' && band !== undefined ? SERVICES[band.service].block : BLOCKS[kind]).repeat(end - start)
    text += band === undefined || kind === 'line' || kind === 'none' ? run : paint(run, kind === 'idle' ? 'idle' : band.service)
  }
  return text
}

function ruler(ticks: Picture['ticks'], width: number): string {
  let text = ''
  for (const { at, label } of ticks) {
    const start = Math.min(Math.round(at * width), width - label.length)
    if (start < text.length || (text !== '' && start === text.length)) continue
    text = text.padEnd(start) + label
  }
  return text.padEnd(width)
}

function sortedTitle({ duration, breakEven }: Picture, width: number): string {
  if (breakEven === null) return fit(duration.title, width)
  return [`sorted; ┊ ${breakEven.label}`, `┊ ${breakEven.label}`].find((title) => title.length <= width) ?? ''
}

function legend(picture: Picture, width: number, paint: Paint): string[] {
  const services = [...new Set(picture.bands.map(({ service }) => service))]
  const items = services.map((service) => ({ mark: SERVICES[service].block.repeat(2), of: service as Service | 'idle', label: SERVICES[service].label }))
  if (services.includes('dedicated')) items.push({ mark: IDLE.block.repeat(2), of: 'idle', label: 'paid, idle' })
  const entries = items.map(({ mark, of, label }) => ({ length: mark.length + 1 + label.length, text: `${paint(mark, of)} ${label}` }))
  const notes = ['·· above the median', ...(picture.week.columns.some(({ gap }) => gap) ? ['? possible gap'] : [])]
  const lines: { length: number; text: string }[] = []
  for (const { length, text } of [...entries, ...notes.map((note) => ({ length: note.length, text: note }))]) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 3 + length <= width - AXIS) lines[lines.length - 1] = { length: last.length + 3 + length, text: `${last.text}   ${text}` }
    else lines.push({ length, text })
  }
  return lines.map(({ text }) => `${' '.repeat(AXIS)}${text}`)
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}
