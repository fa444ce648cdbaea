// Draws docs/picture.svg, the picture of the README: the plan that `npm start` prints. A test compares it.
import { writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { DEMO_ARGUMENTS } from '../src/app/cli/demo.ts'
import { run } from '../src/app/cli/testing.ts'
import type { PlanResult } from '../src/decide/plan-result.ts'
import { layoutPicture } from '../src/decide/report/picture.ts'
import { pictureSvg } from '../src/decide/report/picture-svg.ts'

export const PICTURE = fileURLToPath(new URL('../docs/picture.svg', import.meta.url))

export async function demoPicture(): Promise<string> {
  const { stdout } = await run(['plan', ...DEMO_ARGUMENTS, '--json'])
  return pictureSvg(layoutPicture(JSON.parse(stdout) as PlanResult))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(PICTURE, await demoPicture())
