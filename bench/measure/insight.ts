import { cpus, totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { LEAK_KINDS, type LeakKind } from '../../src/measure/insight/finding.ts'
import { LABELLED_CASES, scoreKinds, type LabelledScore } from '../../src/measure/insight/labelled/evaluate.ts'
import { scoreTwoWeeks } from '../../src/measure/insight/labelled/score-two-weeks.ts'
import { measureStore } from './insight-store.ts'

/**
 * What the detectors are worth: precision and recall on the labelled cases, per kind, on seeds that they were written with and on
 * seeds that they were not; then two weeks of traffic with planted leaks: found, missed, false, in dollars; then what it takes from DuckDB.
 * Run: npm run bench:insight [-- --calls 300000] [--seeds 10] [--two-weeks 5] [--store 200000] [--verbose]
 */
const { values: options } = parseArgs({ options: { calls: { type: 'string', default: '300000' }, seeds: { type: 'string', default: '10' }, 'two-weeks': { type: 'string', default: '5' }, store: { type: 'string', default: '200000' }, verbose: { type: 'boolean', default: false } } })
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index)
const TUNED = range(1, 5)
const HELD_OUT = range(1001, Number(options.seeds))
const dollars = (nano: number): string => (nano / 1e9).toFixed(2)
const share = (part: number, all: number): string => (all === 0 ? '-' : `${((100 * part) / all).toFixed(0)} %`)

const [cpu] = cpus()
console.log(`${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`)

function table({ kinds, levels, mistakes }: LabelledScore): void {
  console.log('kind            found  missed  false  precision  recall  look-alikes left alone   planted $      said $  hypotheses')
  for (const kind of LEAK_KINDS) {
    const { found, missed, wrong, alike, leftAlone, plantedNano, saidNano, hypotheses } = kinds.get(kind)!
    console.log(`${kind.padEnd(14)}${String(found).padStart(7)}${String(missed).padStart(8)}${String(wrong).padStart(7)}${share(found, found + wrong).padStart(11)}${share(found, found + missed).padStart(8)}${`${leftAlone} of ${alike}`.padStart(24)}${dollars(plantedNano).padStart(12)}${dollars(saidNano).padStart(12)}${String(hypotheses).padStart(12)}`)
  }
  console.log(`by confidence: ${levels.map(({ confidence, findings, right }) => `${confidence}: ${right} of ${findings} right`).join(', ')}`)
  if (options.verbose) for (const mistake of mistakes) console.log(`  ${mistake}`)
}

const leaks = LABELLED_CASES.filter(({ leak }) => leak).length
console.log(`\n${LABELLED_CASES.length} labelled cases (${leaks} leaks, ${LABELLED_CASES.length - leaks} look-alikes), each in healthy traffic`)
console.log(`\nseeds ${TUNED[0]} to ${TUNED.at(-1)} (seen while the rules were written):`)
table(await scoreKinds(LABELLED_CASES, TUNED))
console.log(`\nseeds ${HELD_OUT[0]} to ${HELD_OUT.at(-1)} (held out):`)
table(await scoreKinds(LABELLED_CASES, HELD_OUT))
console.log('\nthe same, prices not known:')
table(await scoreKinds(LABELLED_CASES, HELD_OUT, { priced: false, scant: false }))
console.log('\nthe same, by clients that report no parts of prompts, no results and durations of tools, no retries:')
table(await scoreKinds(LABELLED_CASES, HELD_OUT, { priced: true, scant: true }))

console.log(`\ntwo weeks, about ${options.calls} calls, planted leaks, seeds held out; dollars:`)
console.log('seed    calls      spent   planted     found      said    missed  maybe     false  ms')
const totals = new Map<LeakKind, { planted: number; found: number; said: number; leaks: number; hit: number }>()
for (const seed of range(2001, Number(options['two-weeks']))) {
  const { report, leaks: planted, wrong, analyseMs } = await scoreTwoWeeks(seed, Number(options.calls), () => performance.now())
  const sum = (of: (leak: (typeof planted)[number]) => number): number => planted.reduce((all, one) => all + of(one), 0)
  for (const one of planted) {
    const total = totals.get(one.kind) ?? { planted: 0, found: 0, said: 0, leaks: 0, hit: 0 }
    totals.set(one.kind, total)
    total.planted += one.planted
    total.leaks++
    if (one.said === null) continue
    total.hit++
    total.found += one.planted
    total.said += one.said
  }
  const cells = [dollars(Number(report.spentNanoUsd)), dollars(sum((one) => one.planted)), dollars(sum((one) => (one.said === null ? 0 : one.planted))), dollars(sum((one) => one.said ?? 0)), dollars(sum((one) => (one.said === null ? one.planted : 0))), dollars(sum((one) => one.perhaps ?? 0)), dollars(wrong.reduce((all, one) => all + one.said, 0))]
  console.log(`${String(seed).padEnd(6)}${String(report.calls).padStart(7)}${cells.map((cell, index) => cell.padStart(index === 5 ? 7 : index === 0 ? 11 : 10)).join('')}${analyseMs.toFixed(0).padStart(6)}`)
  for (const { what, said } of wrong) console.log(`  false: $${dollars(said)} ${what}`)
  if (options.verbose) for (const one of planted) console.log(`  ${one.kind.padEnd(14)} ${one.name.padEnd(12)} planted ${dollars(one.planted).padStart(8)}  ${one.said === null ? (one.perhaps === null ? 'missed' : `maybe ${dollars(one.perhaps)}`) : `said ${dollars(one.said)}`}`)
}
console.log('\nover these seeds, by kind:')
for (const kind of LEAK_KINDS) {
  const { planted, found, said, leaks: all, hit } = totals.get(kind)!
  console.log(`${kind.padEnd(14)} ${String(hit).padStart(3)} of ${String(all).padStart(3)} leaks, ${share(found, planted).padStart(5)} of their dollars; said $${dollars(said)} for $${dollars(found)}`)
}

if (options.store !== '0') console.log(`\n${(await measureStore(Number(options.store))).join('\n')}`)
