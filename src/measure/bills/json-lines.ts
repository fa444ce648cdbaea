import { SpillwayError } from '../../core/errors.ts'

export interface JsonLinesOptions {
  readonly file: string
  /** `row` counts lines from 1; blank lines are counted and not passed on. */
  readonly onLine: (line: string, row: number) => void
  readonly maxLineChars?: number
}

/** Cuts streamed text into lines, in memory bounded by the longest line. Throws BILL_LINE_TOO_LONG. */
export class JsonLines {
  row = 1
  #rest = ''
  readonly #options: JsonLinesOptions
  readonly #most: number

  constructor(options: JsonLinesOptions) {
    this.#options = options
    this.#most = options.maxLineChars ?? 1_048_576
  }

  write(chunk: string): void {
    const text = this.#rest === '' ? chunk : this.#rest + chunk
    let at = 0
    for (let newline = text.indexOf('\n'); newline !== -1; newline = text.indexOf('\n', at)) {
      this.#line(text.slice(at, newline))
      at = newline + 1
    }
    this.#rest = at === 0 ? text : text.slice(at)
    this.#check(this.#rest)
  }

  end(): void {
    if (this.#rest !== '') this.#line(this.#rest)
    this.#rest = ''
  }

  #line(line: string): void {
    this.#check(line)
    if (line.trim() !== '') this.#options.onLine(line, this.row)
    this.row++
  }

  #check(line: string): void {
    if (line.length <= this.#most) return
    throw new SpillwayError('BILL_LINE_TOO_LONG', `the line is longer than ${this.#most} characters`, 'Write one JSON object a line', { file: this.#options.file, row: this.row })
  }
}
