import { SpillwayError, type ErrorCode } from '../../core/errors.ts'
import type { Path, YamlSource } from './yaml-source.ts'

/** Everything that is wrong with one file, in the file's order, so that a person mends it in one go. */
export class Problems {
  readonly #source: YamlSource
  readonly #found: { readonly offset: number; readonly error: SpillwayError }[] = []

  constructor(source: YamlSource) {
    this.#source = source
  }

  /** `path` leads to the value (or the place where it should be); it is named in the message, values never are. */
  add(path: Path, message: string, mend: string, code: ErrorCode = 'CONFIG_INVALID'): void {
    const { offset, place } = this.#source.locate(path)
    const name = pathName(path)
    this.#found.push({ offset, error: new SpillwayError(code, name === '' ? message : `${name} ${message}`, mend, place) })
  }

  /** An error of another room (a card, an offer), with its own code and the place in this file. */
  addError(path: Path, error: unknown): void {
    if (!(error instanceof SpillwayError)) throw error
    this.add(path, `is refused: ${error.message}`, error.mend, error.code === 'CATALOG_INVALID' ? 'CONFIG_INVALID' : error.code)
  }

  list(): SpillwayError[] {
    return this.#found.toSorted((a, b) => a.offset - b.offset).map(({ error }) => error)
  }
}

/** `['pools', 0, 'url']` as `pools[0].url`. */
export function pathName(path: Path): string {
  return path
    .map((step) => (typeof step === 'object' ? step.key : step))
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('')
}
