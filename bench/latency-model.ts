import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { HeldOut } from '../src/core/perf/cross-validate.ts'
import { errorBand, unseenGroups, withinGroups } from '../src/core/perf/cross-validate.ts'
import { fitGroup } from '../src/core/perf/group-fit.ts'
import { gpusOf } from '../src/core/perf/layout.ts'
import type { PerfGroup, PerfPoint, PerfTable } from '../src/core/perf/perf-table.ts'
import { parsePerfTable } from '../src/core/perf/perf-table.ts'
import { learnTransfer, subjectOf } from '../src/core/perf/transfer.ts'
import { csvRows, siliconPoints } from '../scripts/perf-data.ts'

/**
 * Prints how far the latency model is off on points that it had not seen: shipped points left out one by one, whole
 * groups, models and GPUs left out, the largest batches left out, and disaggregated serving; by system and by model.
 * `--held-out FILE` predicts other rows of the same kind (the CSV of aiconfigurator) with the shipped table instead.
 */
const PERF = fileURLToPath(new URL('../catalog/perf/', import.meta.url))

interface Errors {
  readonly tpot: number[]
  readonly ttft: number[]
}

function cell(errors: readonly number[]): string {
  const { mean, median, p90 } = errorBand(errors)
  return [mean, median, p90].map((value) => (value * 100).toFixed(1).padStart(6)).join(' ')
}

function line(name: string, { tpot, ttft }: Errors, reference = ''): string {
  return `${name.padEnd(44)} ${String(tpot.length).padStart(5)}  ${cell(tpot)}   ${cell(ttft)}   ${reference}`
}

function errorsOf(predictions: readonly HeldOut[]): Errors {
  return { tpot: predictions.map(({ tpot }) => tpot), ttft: predictions.map(({ ttft }) => ttft) }
}

function breakdown(title: string, predictions: readonly HeldOut[], name: (group: PerfGroup) => string): void {
  console.log(`\n${title}`)
  for (const [key, part] of [...Map.groupBy(predictions, ({ group }) => name(group))].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(line(`  ${key}`, errorsOf(part)))
}

/** Leaves out the largest batch of each group and predicts it from batches of a `factor`-th and less. */
function extrapolated(table: PerfTable, factor: number): Errors {
  const errors: Errors = { tpot: [], ttft: [] }
  for (const group of table.groups) {
    if (group.method !== 'closed-loop') continue
    const largest = Math.max(...group.points.map(({ batch }) => batch))
    const seen = group.points.filter(({ batch }) => batch <= largest / factor)
    if (seen.length < 6 || largest > 256) continue
    const subject = subjectOf(table, group)
    const fit = fitGroup(seen, 'closed-loop', subject === null ? null : learnTransfer(table, (other) => other !== group)(subject))
    for (const point of group.points.filter(({ batch }) => batch === largest)) push(errors, fit.at(point.batch, point.input, point.output, point.version), point)
  }
  return errors
}

function push(errors: Errors, predicted: { tpot: number; ttft: number }, point: PerfPoint): void {
  errors.tpot.push(Math.abs((predicted.tpot * 1000) / point.tpotMs - 1))
  errors.ttft.push(Math.abs((predicted.ttft * 1000) / point.ttftMs - 1))
}

/** Leave-one-out over groups of prefill and decode workers, by the concurrency of all of them. */
function disaggregated(): Errors {
  const { groups } = JSON.parse(readFileSync(`${PERF}disaggregated.json`, 'utf8')) as { groups: { points: (number | null)[][] }[] }
  const errors: Errors = { tpot: [], ttft: [] }
  for (const { points: rows } of groups) {
    const points = rows.filter((row) => row[2] !== null).map(([input, output, batch, tpotMs, ttftMs]): PerfPoint => ({ input: input!, output: output!, batch: batch!, tpotMs: tpotMs!, ttftMs: ttftMs!, version: '' }))
    if (points.length < 2) continue
    for (const [index, point] of points.entries()) push(errors, fitGroup(points.filter((_, i) => i !== index), 'closed-loop').at(point.batch, point.input, point.output), point)
  }
  return errors
}

function crossValidated(table: PerfTable): void {
  const within = withinGroups(table)
  const closed = within.filter(({ group }) => group.method === 'closed-loop')
  console.log(line('held-out points of known groups', errorsOf(closed), '7.8 4.1 15.7 | 16 9 43'))
  console.log(line('never-seen group', errorsOf(unseenGroups(table)), '25 21 52'))
  console.log(line('never-seen model', errorsOf(unseenGroups(table, (group, other) => group.model === other.model))))
  console.log(line('never-seen GPU', errorsOf(unseenGroups(table, (group, other) => group.gpu === other.gpu))))
  console.log(line('never-seen model and GPU', errorsOf(unseenGroups(table, (group, other) => group.model === other.model || group.gpu === other.gpu))))
  for (const factor of [2, 4]) console.log(line(`largest batch, from 1/${factor} of it and less`, extrapolated(table, factor)))
  console.log(line('disaggregated (rough; the planner refuses it)', disaggregated(), '22 16 43'))
  console.log(line('isolated batches of 2023 (not planned with)', errorsOf(within.filter(({ group }) => group.method === 'isolated'))))
  breakdown('known groups, by system', closed, ({ gpu }) => gpu)
  breakdown('known groups, by model', closed, ({ model }) => model)
  breakdown('known groups, by engine', closed, ({ engine }) => engine)
  breakdown('never-seen groups, by model', unseenGroups(table), ({ model }) => model)
}

/** Rows of another file: by their own group where the table has it, else by transfer. */
function heldOutFile(table: PerfTable, file: string): void {
  const transfer = learnTransfer(table)
  const errors: Record<'known' | 'unseen', Errors> = { known: { tpot: [], ttft: [] }, unseen: { tpot: [], ttft: [] } }
  const fits = new Map<PerfGroup, ReturnType<typeof fitGroup>>()
  let refused = 0
  for (const { group: wanted, point } of siliconPoints(csvRows(readFileSync(file, 'utf8')))) {
    const group = table.groups.find((one) => one.method === 'closed-loop' && (['model', 'gpu', 'engine', 'precision', 'tp', 'pp', 'attentionDp', 'moeTp', 'moeEp'] as const).every((field) => one[field] === wanted[field]))
    const subject = subjectOf(table, group ?? wanted)
    if (group !== undefined) {
      const fit = fits.get(group) ?? fitGroup(group.points, group.method, subject === null ? null : learnTransfer(table, (other) => other !== group)(subject))
      fits.set(group, fit)
      push(errors.known, fit.at(point.batch, point.input, point.output, point.version), point)
    } else if (subject === null) refused++
    else push(errors.unseen, transfer(subject)(point.batch, point.input, point.output), point)
  }
  for (const [name, part] of Object.entries(errors)) if (part.tpot.length > 0) console.log(line(`${name} groups`, part))
  console.log(`${refused} rows of models or GPUs that are not known`)
}

const { values } = parseArgs({ options: { 'held-out': { type: 'string' } } })
const table = parsePerfTable(JSON.parse(readFileSync(`${PERF}measured.json`, 'utf8')))
const gpus = table.groups.reduce((most, group) => Math.max(most, gpusOf(group)), 0)
console.log(`latency model: ${table.groups.length} groups of up to ${gpus} GPUs, ${table.groups.reduce((sum, { points }) => sum + points.length, 0)} points`)
for (const { source, asOf } of Object.values(table.sources)) console.log(`  ${source} (${asOf})`)
console.log(`\n${'error in %: mean, median, p90'.padEnd(44)} ${'n'.padStart(5)}  ${'TPOT'.padStart(20)}   ${'TTFT'.padStart(20)}   design`)
if (values['held-out'] === undefined) crossValidated(table)
else heldOutFile(table, values['held-out'])
