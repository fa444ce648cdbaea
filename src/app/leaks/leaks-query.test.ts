import { expect, it } from 'vitest'
import type { Finding, LeakReport } from '../../measure/insight/finding.ts'
import { findingOf, leaksWindow } from './leaks-query.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const DAY = 86_400_000
const finding = (id: string): Finding => ({ id, kind: 'loop', subject: { dimension: 'key', name: 'k' }, what: '', mend: '', lostNanoUsd: '1', monthly: null, confidence: 0.9, hypothesis: false, calls: 1, evidence: ['c'], figures: {} })
const report: LeakReport = { from: 0, until: 1, calls: 1, spentNanoUsd: '2', lostNanoUsd: '1', perhapsNanoUsd: '0', findings: [finding('ab12'), finding('ab34')], limits: [] }

it('is of the last 14 days, or of the time that is given', () => {
  expect(leaksWindow({}, NOW)).toEqual({ from: NOW - 14 * DAY, until: NOW })
  expect(leaksWindow({ from: NOW - 3 * DAY, until: NOW - DAY }, NOW)).toEqual({ from: NOW - 3 * DAY, until: NOW - DAY })
})

it('one finding by the beginning of its id, if there is one', () => {
  expect(findingOf(report, 'ab3')).toEqual(finding('ab34'))
  expect(() => findingOf(report, 'ab')).toThrow('2 leaks begin with "ab"')
  expect(() => findingOf(report, 'x')).toThrow('no leak of this time has the id "x"')
})

it.each([
  [{ from: NOW, until: NOW }, 'the time from'],
  [{ from: Number.NaN }, 'the time from NaN'],
  [{ from: NOW - 93 * DAY }, 'a window of 93 days'],
])('%j is refused', (query, message) => expect(() => leaksWindow(query, NOW)).toThrow(message))
