import { writeFile } from 'node:fs/promises'
import { SpillwayError } from '../../core/errors.ts'
import type { PlanResult } from '../../decide/plan-result.ts'
import { planCsv } from '../../decide/report/csv.ts'
import { planMarkdown } from '../../decide/report/markdown.ts'
import { planPdf } from '../report/pdf.ts'
import type { Io } from './io.ts'
import type { PlanOptions } from './plan-options.ts'

/** Writes the files that were asked for and returns their names. Throws FILE_NOT_WRITABLE, PDF_UNAVAILABLE. */
export async function writePlanFiles(result: PlanResult, { csv, markdown, pdf }: PlanOptions, io: Io): Promise<string[]> {
  const written: string[] = []
  const write = async (file: string | undefined, content: () => string | Uint8Array | Promise<Uint8Array>): Promise<void> => {
    if (file === undefined) return
    await writeOrExplain(file, await content())
    written.push(file)
  }
  await write(csv, () => planCsv(result))
  await write(markdown, () => planMarkdown(result))
  await write(pdf, () => planPdf(result, { generatedAt: io.now() }))
  return written
}

/** Writes a file of the user's choice. Throws FILE_NOT_WRITABLE. */
export async function writeOrExplain(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(file, content)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new SpillwayError('FILE_NOT_WRITABLE', `it cannot be written (${code})`, 'Name a file in a folder that you may write to', { file }, { cause: error })
  }
}
