import { expect, it } from 'vitest'
import { markdown } from './report.ts'
import type { Measured } from './report.ts'
import type { Round } from './round.ts'

const round = (request: number, over: Partial<Round> = {}): Round => ({ request, kernel: request / 3, paced: request * 2, chunk: request / 4, perSecond: 1e6 / request, addedMs: request / 300, rssMb: 200, ...over })
const gateway = (name: string, rounds: readonly Round[]): Measured => ({ name, about: 'what it is and how it was set up, at a length that does not go on one line of a table, nor of a list below one', rounds })
const carried = { perSecond: 20_000, request: 50, cores: 1 }

it('compares round by round, fits 100 columns, and says what is left out and what cannot be measured', () => {
  const text = markdown({
    machine: '2 x A processor with a rather long name of 3.1 GHz, 24 GiB, Linux 6.18.44-a-long-one, Node v24.21.0',
    date: '2026-11-25T12:00:00.000Z',
    // The machine is twice as slow in the last round: the ratio of medians would be off, the median of ratios is not.
    gateways: [
      gateway('bare', [round(20), round(30), round(60)]),
      gateway('Spillway', [round(30), round(45), round(90)]),
      gateway('a slow one', [round(12_345.6, { paced: null }), round(23_456.7, { paced: null }), round(34_567.8, { paced: null })]),
    ],
    scaling: [{ one: carried, two: { ...carried, request: 55 } }],
    leftOut: [{ name: 'another', why: 'could not be installed: for a reason' }],
  })
  const lines = text.split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
  const cells = (start: string): string[] => lines.find((line) => line.startsWith(`| ${start}`))!.split('|').map((cell) => cell.trim())
  expect(cells('Spillway')).toEqual(['', 'Spillway', '45', '30-90', '15', '1.50', '1.00', '22,222', '90', ''])
  expect(cells('bare').slice(5, 7)).toEqual(['1.00', '0.67'])
  expect(cells('a slow one').slice(3)).toEqual(['12,346-34,568', '7,819', '617', '412', '43', '-', ''])
  expect(cells('two').slice(2, 5)).toEqual(['55', '55-55', '1.10'])
  expect(text).toContain('- another: left out: could not be installed: for a reason')
})
