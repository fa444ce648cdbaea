// Writes catalog/perf/ from the original measurements:
//   node scripts/perf-data.ts --silicon DIR --splitwise DIR
// The folders hold silicon.csv with its GPU data sheets (aiconfigurator) and perf_model.csv (splitwise-sim). Only the
// columns that are needed are kept and repeated measurements are joined. The errors that the planner prints are
// cross-validated anew.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseCatalog } from '../src/core/catalog/parse.ts'
import type { Layout } from '../src/core/perf/layout.ts'
import { normalLayout } from '../src/core/perf/layout.ts'
import { crossValidate } from '../src/core/perf/cross-validate.ts'
import type { BasisError, ErrorBand, PerfGroup, PerfPoint } from '../src/core/perf/perf-table.ts'
import { isPrecision, parsePerfData } from '../src/core/perf/perf-table.ts'

const PERF = fileURLToPath(new URL('../catalog/perf/', import.meta.url))

type Row = Readonly<Record<string, string>>

/** Rows of a CSV file without quoted fields, by the names in its first line. */
export function csvRows(text: string): Row[] {
  const [head = '', ...lines] = text.trim().split(/\r?\n/u)
  const names = head.split(',')
  return lines.map((line) => {
    const values = line.split(',')
    if (values.length !== names.length) throw new Error(`expected ${names.length} fields: ${line}`)
    return Object.fromEntries(names.map((name, index) => [name, values[index]!]))
  })
}

const SILICON_MODELS: Readonly<Record<string, string>> = {
  'MiniMaxAI/MiniMax-M2.5': 'minimax-m2.5',
  'Qwen/Qwen3-235B-A22B-FP8': 'qwen3-235b-a22b',
  'Qwen/Qwen3-32B': 'qwen3-32b',
  'nvidia/Qwen3-32B-NVFP4': 'qwen3-32b',
  'Qwen/Qwen3.5-397B-A17B': 'qwen3.5-397b-a17b',
  // One architecture, and the sample lists the same measurements under both names.
  'deepseek-ai/DeepSeek-R1': 'deepseek-v3',
  'nvidia/DeepSeek-R1-NVFP4': 'deepseek-v3',
  'deepseek-ai/DeepSeek-V3': 'deepseek-v3',
  'nvidia/DeepSeek-V3.1-NVFP4': 'deepseek-v3',
  'meta-llama/Llama-3.1-70B': 'llama-3.1-70b',
  'meta-llama/Llama-3.1-8B-Instruct': 'llama-3.1-8b',
  'nvidia/Llama-3.1-8B-Instruct-FP8': 'llama-3.1-8b',
  'moonshotai/Kimi-K2.5': 'kimi-k2.5',
  'openai/gpt-oss-120b': 'gpt-oss-120b',
  'zhipuai/GLM-5': 'glm-5',
}

const SILICON_GPUS: Readonly<Record<string, string>> = {
  a100_sxm: 'a100-80gb',
  h100_sxm: 'h100-80gb',
  h200_sxm: 'h200-141gb',
  b200_sxm: 'b200-180gb',
  b300_sxm: 'b300-288gb',
  gb200: 'gb200-186gb',
  gb300: 'gb300',
  l4: 'l4-24gb',
  l40s: 'l40s-48gb',
}

/** Models that were measured and are not in the catalog. Kept for what other models can learn from them. */
const OTHER_MODELS = {
  'minimax-m2.5': { parametersB: 230, activeB: 10, layers: 62, attentionHeads: 48, kvHeads: 8, kvBytesPerToken: 253952, source: 'transformers docs/source/en/model_doc/minimax_m2.md at 013bb6f3 (parameters), GPTQModel configuration_minimax_m2.py (62 layers, 8 KV heads of 128), both of MiniMax-M2; read 2026-11-24' },
  'qwen3.5-397b-a17b': { parametersB: 397, activeB: 17, layers: 60, attentionHeads: 32, kvHeads: 2, kvBytesPerToken: 30720, source: 'model card (397B, 17B active); full attention in every 4th of 60 layers, 2 KV heads of 256: https://www.pcpartguide.com/local-llms/qwen-3.5-397b-a17b, read 2026-11-24' },
  'kimi-k2.5': { parametersB: 1000, activeB: 32, layers: 61, attentionHeads: 64, kvHeads: null, kvBytesPerToken: 70272, source: 'MoonshotAI/Kimi-K2 README at d778e270 (1T, 32B active, 61 layers, latent attention: 2 bytes x 61 x 576), read 2026-11-24' },
  'glm-5': { parametersB: 744, activeB: 40, layers: 78, attentionHeads: 64, kvHeads: null, kvBytesPerToken: 89856, source: 'GLM-5 technical report, arXiv 2602.15763 (744B, 40B active, 3 + 75 layers, latent attention: 2 bytes x 78 x 576), read 2026-11-24' },
}

const SOURCES = {
  silicon: {
    source: 'ai-dynamo/aiconfigurator at 095f58a5, systems/silicon_sample.csv, measured rows',
    asOf: '2026-04-27',
    licence: 'Apache-2.0, licenses/aiconfigurator.txt',
    note: 'closed loop at a fixed concurrency; measured 2025-10-29 to 2026-04-22',
  },
  splitwise: {
    source: 'Mutinifni/splitwise-sim, data/perf-model.csv',
    asOf: '2023-11-30',
    licence: 'MIT, licenses/splitwise-sim.txt',
    note: 'one batch at a time on the engines of 2023; the day of measurement is not stated, the paper (arXiv 2311.18677) is of November 2023',
  },
}

interface DraftGroup {
  readonly head: { model: string; gpu: string; engine: string; precision: string; layout: number[]; method: 'closed-loop' | 'isolated'; source: string }
  asOf: string
  readonly rows: { readonly point: number[]; version: string }[]
}

const count = (text: string | undefined): number => Math.max(1, Number(text ?? '') || 1)
const round = (value: number): number => Number(value.toPrecision(5))

function known(map: Readonly<Record<string, string>>, name: string): string {
  const id = map[name]
  if (id === undefined) throw new Error(`"${name}" is new: add it to scripts/perf-data.ts`)
  return id
}

function collect(drafts: Map<string, DraftGroup>, head: DraftGroup['head'], asOf: string, point: number[], version: string): void {
  const key = JSON.stringify(head)
  const draft = drafts.get(key) ?? { head, asOf, rows: [] }
  drafts.set(key, draft)
  if (asOf > draft.asOf) draft.asOf = asOf
  // The sample lists some measurements twice or more, under several names and rounded differently: once is enough.
  const twin = draft.rows.find((row) => row.point.every((value, index) => Math.abs(value / point[index]! - 1) < (index < 3 ? 1e-9 : 0.002)))
  if (twin === undefined) draft.rows.push({ point, version })
  else if (twin.version === '') twin.version = version
}

/** Layout and running requests of a row; where data parallelism is left open, concurrency / batch tells it for experts. */
function layoutOf(row: Row): { layout: Layout; batch: number } {
  const [tp, pp, stated, moeTp, moeEp, batch] = ['tp_size', 'pp_size', 'attention_dp_size', 'moe_tp_size', 'moe_ep_size', 'batch_size'].map((name) => count(row[name])) as [number, number, number, number, number, number]
  const concurrency = Number(/silicon_concurrency=(\d+)/u.exec(row['silicon_data_source']!)?.[1] ?? batch)
  const open = row['attention_dp_size'] === '' && moeTp * moeEp > 1 && concurrency > batch
  // The GPUs stay those of the experts: attention is then split over data, not over heads.
  return open ? { layout: { tp: Math.max(1, tp / (concurrency / batch)), pp, attentionDp: concurrency / batch, moeTp, moeEp }, batch: concurrency } : normalLayout({ tp, pp, attentionDp: stated, moeTp, moeEp }, batch)
}

/** A row of the sample in the terms of the table; disaggregated rows are left out. */
export function siliconPoints(rows: readonly Row[]): { readonly group: PerfGroup; readonly point: PerfPoint }[] {
  return rows
    .filter((row) => row['mode'] === 'agg')
    .map((row) => {
      const { layout, batch } = layoutOf(row)
      const precision = row['precision'] === '' ? 'bf16' : row['precision']!
      if (!isPrecision(precision)) throw new Error(`precision "${precision}" is new`)
      const asOf = /measured=(\d{4}-\d\d-\d\d)/u.exec(row['silicon_data_source']!)?.[1] ?? '2025-10-29'
      const point = { input: count(row['isl']), output: count(row['osl']), batch, tpotMs: round(Number(row['silicon_tpot_ms'])), ttftMs: round(Number(row['silicon_ttft_ms'])), version: row['backend_version']! }
      return { point, group: { model: known(SILICON_MODELS, row['model_path']!), gpu: known(SILICON_GPUS, row['system']!), engine: row['backend']!, precision, ...layout, method: 'closed-loop', source: 'silicon', asOf, points: [], error: null } }
    })
}

export function siliconGroups(rows: readonly Row[]): DraftGroup[] {
  const drafts = new Map<string, DraftGroup>()
  for (const { group, point } of siliconPoints(rows)) {
    const { model, gpu, engine, precision, method, source, asOf } = group
    const layout = [group.tp, group.pp, group.attentionDp, group.moeTp, group.moeEp]
    collect(drafts, { model, gpu, engine, precision, layout, method, source }, asOf, [point.input, point.output, point.batch, point.tpotMs, point.ttftMs], point.version)
  }
  return [...drafts.values()]
}

/** Five to fifteen repetitions a configuration: their medians. Power-capped GPUs (`-pcap`) are left out. */
export function splitwiseGroups(rows: readonly Row[]): DraftGroup[] {
  const cells = new Map<string, { row: Row; tpot: number[]; prompt: number[] }>()
  for (const row of rows) {
    if (row['hardware']!.endsWith('-pcap')) continue
    const key = ['model', 'hardware', 'tensor_parallel', 'prompt_size', 'batch_size', 'token_size'].map((name) => row[name]).join()
    const cell = cells.get(key) ?? { row, tpot: [], prompt: [] }
    cells.set(key, cell)
    cell.tpot.push(Number(row['token_time']))
    cell.prompt.push(Number(row['prompt_time']))
  }
  const drafts = new Map<string, DraftGroup>()
  for (const { row, tpot, prompt } of cells.values()) {
    collect(
      drafts,
      { model: known({ 'llama2-70b': 'llama-2-70b', 'bloom-176b': 'bloom-176b' }, row['model']!), gpu: row['hardware']!, engine: 'splitwise', precision: 'bf16', layout: [count(row['tensor_parallel']), 1, 1, 1, 1], method: 'isolated', source: 'splitwise' },
      SOURCES.splitwise.asOf,
      [...['prompt_size', 'token_size', 'batch_size'].map((name) => count(row[name])), round(median(tpot)), round(median(prompt))],
      '',
    )
  }
  return [...drafts.values()].map(({ head, asOf, rows }) => ({ head, asOf, rows: rows.filter(({ point }) => !memoryLimited(point, rows)) }))
}

/** A batch whose prefill takes less time than a smaller one's did not fit: the engine ran it in parts. */
function memoryLimited([input, output, batch, , prompt]: readonly number[], rows: DraftGroup['rows']): boolean {
  return rows.some(({ point }) => point[0] === input && point[1] === output && point[2]! < batch! && point[4]! > 1.2 * prompt!)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

/** The file format of one group; points sorted, versions by number. */
function groupJson({ head, asOf, rows }: DraftGroup): object {
  const versions = [...new Set(rows.map(({ version }) => version))].sort()
  const points = rows.map(({ point, version }) => [...point, versions.indexOf(version)]).sort((a, b) => a.reduce((order, value, index) => order || value - b[index]!, 0))
  return { ...head, asOf, versions, points, error: null }
}

/** Disaggregated serving, for the bench only: prefill and decode workers with their layouts. */
export function disaggregatedRows(rows: readonly Row[]): object[] {
  const seen = new Map<string, object>()
  for (const row of rows) {
    if (row['mode'] !== 'disagg') continue
    const side = (name: 'prefill' | 'decode'): number[] => ['num_workers', 'tp_size', 'pp_size', 'attention_dp_size', 'moe_tp_size', 'moe_ep_size'].map((field) => count(row[`${name}_${field}`]))
    const entry = {
      head: [known(SILICON_MODELS, row['model_path']!), known(SILICON_GPUS, row['system']!), row['backend']!, row['precision'] || 'bf16', side('prefill'), side('decode')],
      point: [...['isl', 'osl'].map((name) => count(row[name])), Number(/silicon_concurrency=(\d+)/u.exec(row['silicon_data_source']!)?.[1] ?? '0') || null, round(Number(row['silicon_tpot_ms'])), round(Number(row['silicon_ttft_ms']))],
    }
    seen.set(JSON.stringify(entry), entry)
  }
  const groups = new Map<string, { head: unknown[]; points: unknown[] }>()
  for (const entry of seen.values() as Iterable<{ head: unknown[]; point: unknown[] }>) {
    const group = groups.get(JSON.stringify(entry.head)) ?? { head: entry.head, points: [] }
    groups.set(JSON.stringify(entry.head), group)
    group.points.push(entry.point)
  }
  return [...groups.values()]
}

function gpuSheets(folder: string): object {
  const sheets = readdirSync(folder).filter((name) => name.endsWith('.yaml')).sort()
  return Object.fromEntries(
    sheets.map((file) => {
      const text = readFileSync(join(folder, file), 'utf8')
      const figure = (name: string, unit: number): number | null => {
        const found = new RegExp(`^ +${name}: (\\d+)`, 'mu').exec(text)?.[1]
        return found === undefined ? null : Number(found) / unit
      }
      const id = known(SILICON_GPUS, file.replace('.yaml', ''))
      return [id, { memoryBandwidthGBps: figure('mem_bw', 1e9), bf16Tflops: figure('bfloat16_tc_flops', 1e12), fp8Tflops: figure('fp8_tc_flops', 1e12), fp4Tflops: figure('fp4_tc_flops', 1e12), source: `ai-dynamo/aiconfigurator at 095f58a5, systems/${file}, read 2026-11-24` }]
    }),
  )
}

function models(ids: ReadonlySet<string>): object {
  const catalog = parseCatalog(JSON.parse(readFileSync(join(PERF, '../models.json'), 'utf8')), 'catalog/models.json').models
  const shipped = catalog
    .filter(({ id }) => ids.has(id))
    .map(({ id, parametersB, activeB, layers, attentionHeads, kvHeads, kvBytesPerToken }) => [id, { parametersB, activeB, layers, attentionHeads, kvHeads, kvBytesPerToken, source: 'catalog/models.json' }] as const)
  return { ...OTHER_MODELS, ...Object.fromEntries(shipped) }
}

/** JSON with one line an entry of the lists, so that changes can be read. */
export function tableText(table: object): string {
  const lines = Object.entries(table).map(([name, value]) => {
    const body: unknown = value
    if (Array.isArray(body)) return `"${name}": [\n${body.map((one) => JSON.stringify(one)).join(',\n')}\n]`
    return `"${name}": {\n${Object.entries(body as object).map(([key, one]) => `"${key}": ${JSON.stringify(one)}`).join(',\n')}\n}`
  })
  return `{\n${lines.join(',\n')}\n}\n`
}

/** Adds the cross-validated errors, in the short form of the file: [mean, median, p90, points]. */
export function withErrors(draft: { readonly groups: readonly object[] }): object {
  const { error, groups } = crossValidate(parsePerfData(draft))
  return { ...draft, error: Object.fromEntries(Object.entries(error).map(([basis, one]) => [basis, shortError(one as BasisError)])), groups: draft.groups.map((group, index) => ({ ...group, error: groups[index] ? shortError(groups[index]) : null })) }
}

function shortError({ tpot, ttft }: BasisError): object {
  return { tpot: shortBand(tpot), ttft: shortBand(ttft) }
}

function shortBand({ mean, median: middle, p90, points }: ErrorBand): number[] {
  return [...[mean, middle, p90].map((value) => Math.max(0.0001, Number(value.toFixed(4)))), points]
}

function main(): void {
  const { values } = parseArgs({ options: { silicon: { type: 'string' }, splitwise: { type: 'string' } } })
  if (values.silicon === undefined || values.splitwise === undefined) throw new Error('usage: node scripts/perf-data.ts --silicon DIR --splitwise DIR')
  const silicon = csvRows(readFileSync(join(values.silicon, 'silicon.csv'), 'utf8'))
  const splitwise = csvRows(readFileSync(join(values.splitwise, 'perf_model.csv'), 'utf8'))
  const drafts = [...siliconGroups(silicon), ...splitwiseGroups(splitwise)]
  const groups = drafts.map(groupJson).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const draft = { sources: SOURCES, models: models(new Set(drafts.map(({ head }) => head.model))), gpus: gpuSheets(values.silicon), groups }
  writeFileSync(join(PERF, 'measured.json'), tableText(withErrors(draft)))
  writeFileSync(join(PERF, 'disaggregated.json'), tableText({ source: SOURCES.silicon, groups: disaggregatedRows(silicon) }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
