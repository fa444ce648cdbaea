import { expect, it } from 'vitest'
import { LEAK_KINDS } from '../finding.ts'
import { FULLY, LABELLED_CASES, scoreKinds, type Telling } from './evaluate.ts'
import { scoreTwoWeeks } from './score-two-weeks.ts'

const count = (leak: boolean): number[] => LEAK_KINDS.map((kind) => LABELLED_CASES.filter((one) => one.kind === kind && one.leak === leak).length)

it('every kind has leaks and look-alikes', () => {
  expect([count(true), count(false)]).toEqual([
    [9, 4, 2, 3, 4, 3, 1, 3],
    [17, 5, 3, 4, 6, 5, 4, 6],
  ])
  expect(new Set(LABELLED_CASES.map(({ kind, name }) => `${kind} ${name}`)).size).toBe(LABELLED_CASES.length)
})

const EXPECTED = {
  loop: '9 found, 0 missed, 0 false, 17 of 17 alone',
  'retry-storm': '4 found, 0 missed, 0 false, 5 of 5 alone',
  abandoned: '2 found, 0 missed, 0 false, 3 of 3 alone',
  'unused-tools': '3 found, 0 missed, 0 false, 4 of 4 alone',
  bloat: '3 found, 1 missed, 0 false, 6 of 6 alone',
  'missed-cache': '3 found, 0 missed, 0 false, 5 of 5 alone',
  'model-choice': '1 found, 0 missed, 0 false, 4 of 4 alone',
  concentration: '3 found, 0 missed, 0 false, 6 of 6 alone',
}

/** Found, missed, false, look-alikes left alone. */
async function counts(seeds: readonly number[], telling: Telling): Promise<Record<string, string>> {
  const { kinds } = await scoreKinds(LABELLED_CASES, seeds, telling)
  return Object.fromEntries([...kinds.values()].map(({ kind, found, missed, wrong, alike, leftAlone }) => [kind, `${found} found, ${missed} missed, ${wrong} false, ${leftAlone} of ${alike} alone`]))
}

it.each([
  ['prices known', FULLY],
  ['prices not known: the same is found', { ...FULLY, priced: false }],
])('the labelled cases, exactly (one bloat is missed: too few judgements prove it), %s', async (_, telling) => {
  expect(await counts([1], telling)).toEqual(EXPECTED)
})

it('where much is not reported less is found; a storm of clients that gave up is told as answers abandoned', async () => {
  expect(await counts([1], { priced: true, scant: true })).toEqual({
    ...EXPECTED,
    'retry-storm': '3 found, 1 missed, 0 false, 5 of 5 alone',
    abandoned: '2 found, 0 missed, 1 false, 3 of 3 alone',
    'unused-tools': '0 found, 3 missed, 0 false, 4 of 4 alone',
    bloat: '0 found, 4 missed, 0 false, 6 of 6 alone',
    'missed-cache': '0 found, 3 missed, 0 false, 5 of 5 alone',
  })
})

// Small traffic: what is missed lies below what can be told (few calls, few judgements, under 2 % of the spend).
it('two weeks with planted leaks: what is found, missed and false, in dollars', async () => {
  const { leaks, wrong, report } = await scoreTwoWeeks(1, 20_000, () => 0)
  expect(wrong).toEqual([])
  expect(leaks.map(({ kind, name, planted, said, perhaps }) => `${kind} ${name} ${(planted / 1e9).toFixed(2)}: ${said === null ? (perhaps === null ? 'missed' : 'perhaps') : (said / 1e9).toFixed(2)}`)).toEqual([
    'unused-tools helper-2 2.92: 2.88',
    'retry-storm import-2 1.83: 1.78',
    'loop robot-1 1.47: 1.47',
    'retry-storm import-0 1.42: 1.38',
    'retry-storm import-1 1.40: 1.21',
    'loop robot-0 1.23: 1.23',
    'concentration key-nightly 1.05: missed',
    'bloat prompt-2 0.88: 0.85',
    'loop robot-2 0.57: 0.57',
    'bloat prompt-1 0.53: perhaps',
    'bloat prompt-0 0.48: perhaps',
    'model-choice router-2 0.38: missed',
    'unused-tools helper-1 0.22: missed',
    'abandoned writer-1 0.18: 0.18',
    'abandoned writer-0 0.12: 0.12',
    'model-choice router-0 0.07: missed',
    'unused-tools helper-0 0.04: missed',
    'model-choice router-1 0.03: missed',
    'abandoned writer-2 0.01: missed',
  ])
  expect(report.limits).toEqual([])
})
