import type { Precision } from '../catalog/types.ts'
import { SpillwayError } from '../errors.ts'
import type { Layout } from './layout.ts'

/** Mean, median and 90th percentile of |predicted / measured - 1|, as shares (0.08 = 8 %), over `points` predictions. */
export interface ErrorBand {
  readonly mean: number
  readonly median: number
  readonly p90: number
  readonly points: number
}

/** What cross-validation says of one way to predict. */
export interface BasisError {
  readonly tpot: ErrorBand
  readonly ttft: ErrorBand
}

/** Where a set of measurements comes from. */
export interface PerfSource {
  readonly source: string
  readonly asOf: string
  readonly licence: string
  readonly note: string
}

/** The figures of a model that its speed follows from. Null = not known. */
export interface PerfModel {
  readonly parametersB: number
  readonly activeB: number
  readonly layers: number | null
  readonly attentionHeads: number | null
  readonly kvHeads: number | null
  readonly kvBytesPerToken: number | null
  readonly source: string
}

/** The figures of a GPU that its speed follows from; rates of dense arithmetic. */
export interface PerfGpu {
  readonly memoryBandwidthGBps: number
  readonly bf16Tflops: number
  readonly fp8Tflops: number | null
  readonly fp4Tflops: number | null
  readonly source: string
}

/** One measurement: `running` requests of `input` and `output` tokens at once on one replica. */
export interface PerfPoint {
  readonly input: number
  readonly output: number
  /** Requests that run at once on the replica. */
  readonly batch: number
  /** Mean time between two output tokens of one request. */
  readonly tpotMs: number
  /** Mean time to the first token; in isolated measurements the prefill time of the whole batch. */
  readonly ttftMs: number
  /** Engine version, '' where not stated. */
  readonly version: string
}

/**
 * How a group was measured. `closed-loop`: a fixed number of clients, each sending its next request when the last one
 * ends, so TPOT contains the prefills of the others. `isolated`: one batch at a time, prefill and decode apart.
 */
export type PerfMethod = 'closed-loop' | 'isolated'

/** Everything measured on one model, GPU, engine, precision and way to split the model. */
export interface PerfGroup extends Layout {
  readonly model: string
  readonly gpu: string
  readonly engine: string
  readonly precision: Precision
  readonly method: PerfMethod
  readonly source: string
  /** Day of the newest measurement. */
  readonly asOf: string
  readonly points: readonly PerfPoint[]
  /** Cross-validated within this group; null where it has too few points to say. */
  readonly error: BasisError | null
}

/** The shipped measurements with what cross-validation found. */
export interface PerfTable {
  readonly sources: Readonly<Record<string, PerfSource>>
  readonly models: Readonly<Record<string, PerfModel>>
  readonly gpus: Readonly<Record<string, PerfGpu>>
  readonly groups: readonly PerfGroup[]
  readonly error: PerfErrors
}

/**
 * Cross-validated errors by what the model had to go by: other points of the group (`measured` closed-loop, `isolated`),
 * or other groups only: of the same model and GPU among them, of other models, of other GPUs, of neither.
 */
export interface PerfErrors {
  readonly measured: BasisError
  readonly isolated: BasisError
  readonly unseenGroup: BasisError
  readonly unseenModel: BasisError
  readonly unseenGpu: BasisError
  readonly unseenBoth: BasisError
}

type Fields = Readonly<Record<string, unknown>>
const PRECISIONS: ReadonlySet<string> = new Set(['fp32', 'bf16', 'fp8', 'int8', 'fp4', 'int4'])

/** Reads the table from parsed JSON (`catalog/perf/measured.json`). Throws CATALOG_INVALID, naming the field. */
export function parsePerfTable(json: unknown): PerfTable {
  const error = fields(fields(json, 'table')['error'], 'error')
  return {
    ...parsePerfData(json),
    error: {
      measured: basisError(error['measured'], 'error.measured'),
      isolated: basisError(error['isolated'], 'error.isolated'),
      unseenGroup: basisError(error['unseenGroup'], 'error.unseenGroup'),
      unseenModel: basisError(error['unseenModel'], 'error.unseenModel'),
      unseenGpu: basisError(error['unseenGpu'], 'error.unseenGpu'),
      unseenBoth: basisError(error['unseenBoth'], 'error.unseenBoth'),
    },
  }
}

/** What was measured, without what cross-validation says of it. */
export type PerfData = Pick<PerfTable, 'sources' | 'models' | 'gpus' | 'groups'>

/** Reads all but the errors, for those who compute them. */
export function parsePerfData(json: unknown): PerfData {
  const root = fields(json, 'table')
  const sources = mapOf(root['sources'], 'sources', parseSource)
  return {
    sources,
    models: mapOf(root['models'], 'models', parseModel),
    gpus: mapOf(root['gpus'], 'gpus', parseGpu),
    groups: list(root['groups'], 'groups').map((group, index) => parseGroup(group, `groups[${index}]`, sources)),
  }
}

function parseSource(value: Fields, where: string): PerfSource {
  return { source: text(value, 'source', where), asOf: text(value, 'asOf', where), licence: text(value, 'licence', where), note: text(value, 'note', where) }
}

function parseModel(value: Fields, where: string): PerfModel {
  return {
    parametersB: positive(value['parametersB'], `${where}.parametersB`),
    activeB: positive(value['activeB'], `${where}.activeB`),
    layers: orNull(value['layers'], `${where}.layers`),
    attentionHeads: orNull(value['attentionHeads'], `${where}.attentionHeads`),
    kvHeads: orNull(value['kvHeads'], `${where}.kvHeads`),
    kvBytesPerToken: orNull(value['kvBytesPerToken'], `${where}.kvBytesPerToken`),
    source: text(value, 'source', where),
  }
}

function parseGpu(value: Fields, where: string): PerfGpu {
  return {
    memoryBandwidthGBps: positive(value['memoryBandwidthGBps'], `${where}.memoryBandwidthGBps`),
    bf16Tflops: positive(value['bf16Tflops'], `${where}.bf16Tflops`),
    fp8Tflops: orNull(value['fp8Tflops'], `${where}.fp8Tflops`),
    fp4Tflops: orNull(value['fp4Tflops'], `${where}.fp4Tflops`),
    source: text(value, 'source', where),
  }
}

function parseGroup(json: unknown, where: string, sources: PerfTable['sources']): PerfGroup {
  const value = fields(json, where)
  const precision = text(value, 'precision', where)
  const method = text(value, 'method', where)
  const source = text(value, 'source', where)
  if (!isPrecision(precision)) throw invalid(`${where}.precision`, 'names no precision')
  if (method !== 'closed-loop' && method !== 'isolated') throw invalid(`${where}.method`, 'is neither closed-loop nor isolated')
  if (sources[source] === undefined) throw invalid(`${where}.source`, 'names no entry of sources')
  const versions = list(value['versions'], `${where}.versions`).map(String)
  const [tp, pp, attentionDp, moeTp, moeEp] = list(value['layout'], `${where}.layout`).map((one) => positive(one, `${where}.layout`))
  if (tp === undefined || pp === undefined || attentionDp === undefined || moeTp === undefined || moeEp === undefined) throw invalid(`${where}.layout`, 'is not [tp, pp, attentionDp, moeTp, moeEp]')
  const points = list(value['points'], `${where}.points`).map((point, index) => parsePoint(point, versions, `${where}.points[${index}]`))
  if (points.length === 0) throw invalid(`${where}.points`, 'is empty')
  return {
    model: text(value, 'model', where),
    gpu: text(value, 'gpu', where),
    engine: text(value, 'engine', where),
    precision,
    tp,
    pp,
    attentionDp,
    moeTp,
    moeEp,
    method,
    source,
    asOf: text(value, 'asOf', where),
    points,
    error: value['error'] === null ? null : basisError(value['error'], `${where}.error`),
  }
}

function parsePoint(json: unknown, versions: readonly string[], where: string): PerfPoint {
  const row = list(json, where)
  const version = versions[row.length === 6 ? Number(row[5]) : -1]
  if (version === undefined) throw invalid(where, 'is not [input, output, batch, TPOT ms, TTFT ms, version]')
  const [input, output, batch, tpotMs, ttftMs] = row.slice(0, 5).map((one) => positive(one, where))
  return { input: input!, output: output!, batch: batch!, tpotMs: tpotMs!, ttftMs: ttftMs!, version }
}

function basisError(json: unknown, where: string): BasisError {
  const value = fields(json, where)
  return { tpot: errorBand(value['tpot'], `${where}.tpot`), ttft: errorBand(value['ttft'], `${where}.ttft`) }
}

function errorBand(json: unknown, where: string): ErrorBand {
  const row = list(json, where)
  const [mean, median, p90, points] = row.map((one) => positive(one, where))
  if (row.length !== 4) throw invalid(where, 'is not [mean, median, p90, points]')
  return { mean: mean!, median: median!, p90: p90!, points: points! }
}

function mapOf<T>(json: unknown, where: string, parse: (value: Fields, where: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(fields(json, where)).map(([id, value]) => [id, parse(fields(value, `${where}.${id}`), `${where}.${id}`)]))
}

export function isPrecision(value: string): value is Precision {
  return PRECISIONS.has(value)
}

function fields(json: unknown, where: string): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalid(where, 'is not an object')
  return json as Fields
}

function list(json: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(json)) throw invalid(where, 'is not a list')
  return json
}

function text(value: Fields, name: string, where: string): string {
  const found = value[name]
  if (typeof found !== 'string' || found === '') throw invalid(`${where}.${name}`, 'is not a text')
  return found
}

function positive(json: unknown, where: string): number {
  if (typeof json !== 'number' || !Number.isFinite(json) || json <= 0) throw invalid(where, 'is not a positive number')
  return json
}

function orNull(json: unknown, where: string): number | null {
  return json === null ? null : positive(json, where)
}

function invalid(where: string, what: string): SpillwayError {
  return new SpillwayError('CATALOG_INVALID', `performance data: ${where} ${what}`, 'Write the file anew with scripts/perf-data.ts', { column: where })
}
