import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { checkConfig, type ConfigCheck, type LoadOptions } from './load-config.ts'

/** A folder that is gone after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Checks a text as spillway.yaml in a folder of its own. */
export async function check(text: string, options: Partial<LoadOptions> = {}): Promise<ConfigCheck> {
  const file = join(scratchFolder(), 'spillway.yaml')
  writeFileSync(file, text)
  return checkConfig(file, { env: {}, ...options })
}

/** What is wrong with a text, as `LINE:COLUMN CODE message. mend`. */
export async function complaints(text: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
  const { problems } = await check(text, options)
  return problems.map(({ place, code, message, mend }) => `${place.row}:${place.column} ${code} ${message}. ${mend}`)
}

/** The smallest configuration, with more lines for its pool and at its end. */
export function minimal(pool = '', rest = ''): string {
  return `pools:\n  - id: floor\n    offer: runpod-community-h100-80gb\n    endpoints: [http://10.0.0.5:8000]\n    models: [llama-3.1-8b]\n${pool}${rest}`
}
