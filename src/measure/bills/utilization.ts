import type { MeasuredUtilization } from '../../core/current-cost.ts'
import { SpillwayError } from '../../core/errors.ts'
import { CsvReader } from '../csv.ts'
import { readTime } from './cells.ts'
import { textChunks } from './text-file.ts'

const TIME_NAMES = ['time', 'timestamp', 'date', 'datetime', 'ts']
const VALUE_NAMES = ['value', 'utilization', 'gpu_util', 'gpu_utilization']
const MOST_GPUS = 100_000

const SOME_KERNEL = 'share of time in which at least one kernel ran; one small kernel makes it 100 %, so it is an upper limit and not useful work'

/** What the usual metrics measure (NVIDIA DCGM field identifiers; nvidia-smi documentation), and how they count. */
const METRICS: readonly { readonly pattern: RegExp; readonly percent: boolean; readonly meaning: string }[] = [
  { pattern: /DCGM_FI_DEV_GPU_UTIL/iu, percent: true, meaning: SOME_KERNEL },
  { pattern: /nvidia_smi_utilization_gpu_ratio/iu, percent: false, meaning: SOME_KERNEL },
  { pattern: /DCGM_FI_PROF_GR_ENGINE_ACTIVE/iu, percent: false, meaning: 'share of time in which the graphics or compute engine was active; better than GPU_UTIL, yet not how full the GPU was' },
  { pattern: /DCGM_FI_PROF_SM_ACTIVE/iu, percent: false, meaning: 'mean share of multiprocessors with work; the best of the usual metrics, yet memory-bound work counts as busy' },
  { pattern: /DCGM_FI_PROF_PIPE_TENSOR_ACTIVE/iu, percent: false, meaning: 'share of cycles in which tensor cores worked; low in decoding even on a full GPU' },
]

/**
 * Mean GPU utilization from samples in CSV (`time,value[,gpu]`, as Prometheus or DCGM exports them; the value's column
 * may be named for its metric). Percent or ratio is known by the metric, else by the largest value. Every GPU weighs
 * the same. Throws UTILIZATION_INVALID.
 */
export async function readUtilization(file: string): Promise<MeasuredUtilization> {
  const samples = new Samples(file)
  let header: readonly string[] = []
  const parser = new CsvReader({
    file,
    codes: { row: 'UTILIZATION_INVALID', tooLong: 'UTILIZATION_INVALID' },
    onHeader: (names) => {
      header = names
      return samples.columnsOf(names)
    },
    onRow: ([time = '', value = '', gpu = '', metric = ''], row) => samples.add(time, value, gpu, metric, row),
  })
  for await (const chunk of textChunks(file)) parser.write(chunk)
  parser.end()
  if (header.length === 0) throw new SpillwayError('UTILIZATION_INVALID', 'the file is empty', 'Export time,value[,gpu] as CSV', { file })
  return samples.result()
}

class Samples {
  readonly #file: string
  readonly #gpus = new Map<string, { sum: number; count: number }>()
  #metric = 'unknown'
  #valueColumn = 'value'
  #timeColumn = 'time'
  #hasGpu = false
  #max = 0
  #count = 0
  #firstMs = Infinity
  #lastMs = -Infinity

  constructor(file: string) {
    this.#file = file
  }

  columnsOf(names: readonly string[]): readonly number[] {
    const lower = names.map((name) => name.toLowerCase())
    const find = (wanted: readonly string[]): number => lower.findIndex((name) => wanted.includes(name))
    const time = find(TIME_NAMES)
    const named = names.findIndex((name) => METRICS.some(({ pattern }) => pattern.test(name)))
    const value = named >= 0 ? named : find(VALUE_NAMES)
    if (time < 0 || value < 0) throw new SpillwayError('UTILIZATION_INVALID', `the header has no ${time < 0 ? 'time' : 'value'} column`, 'Name the columns time,value[,gpu][,metric]', { file: this.#file, row: 1 })
    if (named >= 0) this.#metric = names[named] ?? 'unknown'
    this.#timeColumn = names[time] ?? 'time'
    this.#valueColumn = names[value] ?? 'value'
    const gpu = find(['gpu', 'uuid', 'gpu_uuid', 'device'])
    this.#hasGpu = gpu >= 0
    return [time, value, gpu, find(['metric', '__name__'])]
  }

  add(time: string, text: string, gpu: string, metric: string, row: number): void {
    const fail = (message: string, mend: string, column: string): SpillwayError => new SpillwayError('UTILIZATION_INVALID', message, mend, { file: this.#file, row, column })
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value) || value < 0 || value > 100) throw fail(`"${text}" is not a utilization`, 'Give 0 to 1 or 0 to 100; leave rows without a sample out', this.#valueColumn)
    const at = this.#time(time, row)
    if (metric !== '') {
      if (this.#metric !== 'unknown' && this.#metric !== metric) throw fail(`the metrics ${this.#metric} and ${metric} are mixed`, 'Export one metric', 'metric')
      this.#metric = metric
    }
    let sums = this.#gpus.get(gpu)
    if (sums === undefined) {
      if (this.#gpus.size >= MOST_GPUS) throw fail(`more than ${MOST_GPUS} GPUs are named`, 'Check the gpu column', 'gpu')
      this.#gpus.set(gpu, (sums = { sum: 0, count: 0 }))
    }
    sums.sum += value
    sums.count++
    this.#count++
    this.#max = Math.max(this.#max, value)
    this.#firstMs = Math.min(this.#firstMs, at)
    this.#lastMs = Math.max(this.#lastMs, at)
  }

  result(): MeasuredUtilization {
    if (this.#count === 0) throw new SpillwayError('UTILIZATION_INVALID', 'the file has a header and no samples', 'Export a range that has samples', { file: this.#file })
    const known = METRICS.find(({ pattern }) => pattern.test(this.#metric))
    const percent = this.#max > 1 || known?.percent === true
    const divisor = percent ? 100 : 1
    const means = [...this.#gpus.values()].map(({ sum, count }) => sum / count)
    return {
      source: this.#file,
      mean: means.reduce((total, mean) => total + mean, 0) / means.length / divisor,
      max: this.#max / divisor,
      samples: this.#count,
      gpus: this.#hasGpu ? this.#gpus.size : null,
      firstSample: new Date(this.#firstMs).toISOString(),
      lastSample: new Date(this.#lastMs).toISOString(),
      metric: this.#metric,
      scale: percent ? '0..100' : '0..1',
      meaning: known?.meaning ?? `metric not named; ${SOME_KERNEL}, where it is DCGM_FI_DEV_GPU_UTIL or nvidia-smi`,
    }
  }

  /** ISO 8601, or Unix seconds or milliseconds as Prometheus writes them. */
  #time(text: string, row: number): number {
    if (/^\d{9,10}(?:\.\d+)?$/u.test(text)) return Math.round(Number(text) * 1000)
    if (/^\d{12,13}$/u.test(text)) return Number(text)
    try {
      return readTime(text, { file: this.#file, row, column: this.#timeColumn })
    } catch (error) {
      if (!(error instanceof SpillwayError)) throw error
      throw new SpillwayError('UTILIZATION_INVALID', error.message, error.mend, error.place, { cause: error })
    }
  }
}
