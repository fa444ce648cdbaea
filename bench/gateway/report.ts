import { wrap } from '../../src/app/cli/wrap.ts'
import { CHUNK_MS, CONCURRENCY, RATE, STREAMS, STREAM_TOKENS } from './round.ts'
import type { Round } from './round.ts'
import { median, ratio, spread } from './spread.ts'
import { RATE_EACH } from './two-processes.ts'
import type { Scaling } from './two-processes.ts'

export interface Report {
  readonly machine: string
  /** ISO 8601. */
  readonly date: string
  /** Interleaved: the nth of each was measured in the same minute. */
  readonly gateways: readonly Measured[]
  readonly scaling: readonly Scaling[]
  readonly leftOut: readonly { readonly name: string; readonly why: string }[]
}

export interface Measured {
  readonly name: string
  readonly about: string
  readonly rounds: readonly Round[]
}

const WIDTH = 100

/** Markdown that reads as text too: at most 100 columns. The first gateway is what all are compared with, the second is Spillway. */
export function markdown({ machine, date, gateways, scaling, leftOut }: Report): string {
  const [bare, ours] = gateways as [Measured, Measured]
  const requests = gateways.map((gateway) => [
    gateway.name,
    middle(of(gateway, 'request'), 0),
    range(of(gateway, 'request'), 0),
    middle(of(gateway, 'kernel'), 0),
    times(ratio(of(gateway, 'request'), of(bare, 'request'))),
    times(ratio(of(gateway, 'request'), of(ours, 'request'))),
    number(1e6 / median(of(gateway, 'request')), 0),
    gateway.rounds.some(({ paced }) => paced === null) ? '-' : middle(of(gateway, 'paced'), 0),
  ])
  const streams = gateways.map((gateway) => [
    gateway.name,
    middle(of(gateway, 'chunk'), 1),
    range(of(gateway, 'chunk'), 1),
    times(ratio(of(gateway, 'chunk'), of(bare, 'chunk'))),
    times(ratio(of(gateway, 'chunk'), of(ours, 'chunk'))),
    middle(of(gateway, 'addedMs'), 2),
    range(of(gateway, 'addedMs'), 2),
    middle(of(gateway, 'rssMb'), 0),
  ])
  const carried = (['one', 'two'] as const).map((count) => {
    const list = scaling.map((round) => round[count])
    const cost = list.map(({ request }) => request)
    return [
      count,
      middle(cost, 0),
      range(cost, 0),
      times(ratio(cost, scaling.map(({ one }) => one.request))),
      middle(list.map(({ perSecond }) => perSecond), 0),
      middle(list.map(({ cores }) => cores), 2),
    ]
  })
  return [
    ...wrap(`${date.slice(0, 10)}; ${machine}. Medians and ranges of ${bare.rounds.length} interleaved rounds; ratios are medians of the rounds' own.`, WIDTH),
    '',
    ...wrap(`CPU of requests of 950 bytes, ${CONCURRENCY} at once, as fast as they go (kernel: that part of it; a core: requests a second that one carries):`, WIDTH),
    '',
    ...table(['gateway', 'us/request', 'range', 'kernel', 'x bare', 'x Spillway', 'a core', `at ${number(RATE, 0)}/s`], requests),
    '',
    ...wrap(`CPU of streams of ${STREAM_TOKENS} tokens, one each ${CHUNK_MS} ms, ${STREAMS} at once; what a lone caller waits longer than without a gateway, in the median; memory:`, WIDTH),
    '',
    ...table(['gateway', 'us/event', 'range', 'x bare', 'x Spillway', 'added ms', 'range', 'RSS MB'], streams),
    '',
    ...wrap(`Spillway in one process, and in two with data folders of their own and ${number(RATE_EACH, 0)} calls a second each:`, WIDTH),
    '',
    ...table(['processes', 'us/request', 'range', 'x one', 'req/s', 'cores used'], carried),
    '',
    ...gateways.flatMap(({ name, about }) => item(name, about)),
    ...leftOut.flatMap(({ name, why }) => item(name, `left out: ${why}`)),
  ].join('\n')
}

function of({ rounds }: Measured, figure: keyof Round): number[] {
  return rounds.map((round) => round[figure] ?? Number.NaN)
}

function middle(values: readonly number[], digits: number): string {
  return number(median(values), digits)
}

function range(values: readonly number[], digits: number): string {
  const { least, most } = spread(values)
  return `${number(least, digits)}-${number(most, digits)}`
}

function times(factor: number): string {
  return number(factor, factor < 10 ? 2 : 0)
}

/** From a hundred on, digits behind the point say nothing here. */
function number(value: number, most: number): string {
  const digits = value < 100 ? most : 0
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** The first column stands left, the others right. */
function table(headers: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = headers.map((header, column) => Math.max(header.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  return [line(headers), `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`, ...rows.map(line)]
}

function item(name: string, text: string): string[] {
  return wrap(`${name}: ${text}`, WIDTH - 2).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`)
}
