import type { TrafficBins } from '../../core/traffic.ts'
import { CsvRequests } from './csv-requests.ts'
import { detect, type Detected } from './detect.ts'
import { LineSplitter } from './line-splitter.ts'
import { MooncakeRows } from './mooncake.ts'
import { OwnRows } from './own-jsonl.ts'
import { possibleGaps } from './possible-gaps.ts'
import { RateRows } from './rates.ts'
import type { ReadOptions, TrafficReading } from './reading.ts'
import { clockWarnings, requestWarnings } from './reading-warnings.ts'
import { RowErrors } from './row-errors.ts'
import { TimeStamp } from './time-stamp.ts'
import { TimeZone } from './time-zone.ts'
import { TrafficAccumulator } from './traffic-accumulator.ts'
import { coarsen } from './widen-rates.ts'

/** From bytes to a reading: splits records, tells the format at the first, and hands the others to its reader. */
export class TrafficParser {
  readonly #file: string
  readonly #options: ReadOptions
  readonly #errors: RowErrors
  readonly #splitter: LineSplitter
  readonly #zone: TimeZone
  readonly #sink: TrafficAccumulator
  #time: TimeStamp
  #detected: Detected | null = null
  #reader: CsvRequests | MooncakeRows | OwnRows | RateRows | null = null

  constructor(file: string, options: ReadOptions) {
    this.#file = file
    this.#options = options
    this.#errors = new RowErrors(file, options.skipBadRows ?? false)
    this.#zone = new TimeZone(options.timeZone ?? 'UTC')
    this.#time = new TimeStamp(this.#zone, options.timeUnit)
    this.#sink = new TrafficAccumulator(options.binSeconds)
    this.#splitter = new LineSplitter(this.#errors, (bytes, start, end, row) => {
      if (this.#reader === null) this.#begin(bytes, start, end, row)
      else this.#reader.record(bytes, start, end, row)
    })
  }

  get rows(): number {
    return this.#reader?.rows ?? 0
  }

  push(chunk: Uint8Array): void {
    this.#splitter.push(chunk)
  }

  finish(): TrafficReading {
    this.#splitter.end()
    const { count } = this.#errors
    if (this.#detected === null || this.#reader === null) throw this.#errors.fatal('TRAFFIC_EMPTY', count > 0 ? `none of ${count} rows can be read` : 'the file is empty', 'Give a file with a row for each request or bin')
    if (this.rows === 0) {
      const first = this.#errors.first[0]
      throw this.#errors.fatal('TRAFFIC_EMPTY', first === undefined ? 'there is a header and no row' : `all ${count} rows are bad, the first (row ${first.row}): ${first.reason}`, 'Give a file with a row for each request or bin')
    }
    const reader = this.#reader
    const shared = { file: this.#file, format: this.#detected.format, rows: this.rows, skippedRows: { count, first: this.#errors.first }, timeZone: this.#zone.name }
    return reader instanceof RateRows ? this.#rates(reader, shared) : this.#requests(reader, shared)
  }

  #begin(bytes: Uint8Array, start: number, end: number, row: number): void {
    const detected = detect(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'), row, this.#options, this.#errors)
    this.#detected = detected
    // BurstGPT counts seconds, however large the number.
    if (detected.format === 'burstgpt' && this.#options.timeUnit === undefined) this.#time = new TimeStamp(this.#zone, 's')
    if (detected.kind === 'csv') this.#reader = new CsvRequests(detected.layout, this.#time, this.#errors, this.#sink)
    else if (detected.kind === 'rates') this.#reader = new RateRows(detected.layout, this.#time, this.#errors)
    else if (detected.kind === 'mooncake') this.#reader = new MooncakeRows(this.#errors, this.#sink)
    else this.#reader = new OwnRows(this.#options.columns ?? {}, this.#time, this.#errors, this.#sink)
    const headless = detected.kind === 'rates' ? detected.headless : detected.kind !== 'csv'
    if (headless) this.#reader.record(bytes, start, end, row)
  }

  #requests(reader: CsvRequests | MooncakeRows | OwnRows, shared: SharedReading): TrafficReading {
    const sink = this.#sink
    const sums = sink.finish()
    if (sums.requests.length < 2) throw this.#errors.fatal('TRAFFIC_ONE_BIN', `all rows (${shared.rows}) lie in one bin of ${sums.binSeconds} s`, 'Give a longer recording, or a smaller --bin')
    const absolute = reader instanceof MooncakeRows ? reader.absolute : this.#time.absolute
    const bins: TrafficBins = {
      startMs: absolute === true ? sums.originMs : null,
      binSeconds: sums.binSeconds,
      requests: sums.requests,
      tokens: sink.hasTokens ? sums.tokens : null,
      ...(sink.hasGpuSeconds || sink.hasEgress ? { work: { gpuSeconds: sink.hasGpuSeconds ? sums.work.gpuSeconds : null, egressMb: sink.hasEgress ? sums.work.egressMb : null } } : {}),
      possibleGap: possibleGaps(sums.requests, sums.binSeconds),
    }
    return {
      ...shared,
      warnings: [...clockWarnings(this.#zone), ...requestWarnings(this.#detected!, sink, reader instanceof MooncakeRows ? reader : null)],
      bins,
      originMs: sums.originMs,
      binned: false,
      tokenHistograms: sink.hasTokens ? { input: sink.input, output: sink.output } : null,
      interArrival: sink.interArrival.finish(),
      prefixCache: reader instanceof MooncakeRows && reader.hashes ? reader.prefixCache.report() : null,
    }
  }

  #rates(reader: RateRows, shared: SharedReading): TrafficReading {
    const fine = reader.sums()
    const gaps = possibleGaps(fine.requests, fine.binSeconds, fine.missing)
    const wide = coarsen({ ...fine, possibleGap: gaps }, this.#options.binSeconds, (reason) => this.#errors.fatal('DURATION_INVALID', reason, 'Give a --bin that is a multiple of it'))
    if (wide.requests.length < 2) throw this.#errors.fatal('TRAFFIC_ONE_BIN', `all rows (${shared.rows}) lie in one bin of ${wide.binSeconds} s`, 'Give a longer recording, or a smaller --bin')
    const missing = fine.missing.reduce((sum, flag) => sum + flag, 0)
    const warnings = [...clockWarnings(this.#zone), ...(missing > 0 ? [`${missing} bins have no row; they count as possible gaps.`] : []), ...(wide.leftOver > 0 ? [`The last ${wide.leftOver} rows do not fill a bin of ${wide.binSeconds} s and are left out.`] : [])]
    return {
      ...shared,
      warnings,
      bins: { startMs: this.#time.absolute === true ? fine.originMs : null, binSeconds: wide.binSeconds, requests: wide.requests, tokens: null, possibleGap: wide.possibleGap },
      originMs: fine.originMs,
      binned: true,
      tokenHistograms: null,
      interArrival: null,
      prefixCache: null,
    }
  }
}

type SharedReading = Pick<TrafficReading, 'file' | 'format' | 'rows' | 'skippedRows' | 'timeZone'>
