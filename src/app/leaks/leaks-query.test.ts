import { expect, it } from 'vitest'
import type { Finding, LeakReport } from '../../measure/insight/finding.ts'
import { answerLeaks, leaksWindow } from './leaks-query.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const DAY = 86_400_000
const finding = (id: string): Finding => ({ id, kind: 'loop', subject: { dimension: 'key', name: 'k' }, what: '', mend: '', lostNanoUsd: '1', monthly: null, confidence: 0.9, hypothesis: false, calls: 1, evidence: ['c'], figures: {} })
const asked: unknown[] = []
const telemetry = {
  leaks: (tenant: string, { from, until }: { readonly from: number; readonly until: number }): Promise<LeakReport> => {
    asked.push([tenant, from, until])
    return Promise.resolve({ from, until, calls: 1, spentNanoUsd: '2', lostNanoUsd: '1', perhapsNanoUsd: '0', findings: [finding('ab12'), finding('ab34')], limits: [] })
  },
}

it('asks for the tenant and the last 14 days, or for the time that is given', async () => {
  expect(await answerLeaks(telemetry, 'acme', {}, NOW)).toMatchObject({ calls: 1, findings: [{ id: 'ab12' }, { id: 'ab34' }] })
  await answerLeaks(telemetry, 'acme', { from: NOW - 3 * DAY, until: NOW - DAY }, NOW)
  expect(asked).toEqual([['acme', NOW - 14 * DAY, NOW], ['acme', NOW - 3 * DAY, NOW - DAY]])
})

it('one finding by the beginning of its id, if there is one', async () => {
  expect(await answerLeaks(telemetry, 'acme', { id: 'ab3' }, NOW)).toEqual(finding('ab34'))
  await expect(answerLeaks(telemetry, 'acme', { id: 'ab' }, NOW)).rejects.toMatchObject({ code: 'LEAK_UNKNOWN', message: '2 leaks begin with "ab"' })
  await expect(answerLeaks(telemetry, 'acme', { id: 'x' }, NOW)).rejects.toMatchObject({ code: 'LEAK_UNKNOWN' })
})

it.each([
  [{ from: NOW, until: NOW }, 'the time from'],
  [{ from: Number.NaN }, 'the time from NaN'],
  [{ from: NOW - 93 * DAY }, 'a window of 93 days'],
])('%j is refused', (query, message) => expect(() => leaksWindow(query, NOW)).toThrow(message))
