import { SpillwayError } from '../../../core/errors.ts'
import type { PlanResult } from '../../../decide/plan-result.ts'
import { pictureSvg } from '../../../decide/report/picture-svg.ts'
import { layoutPicture } from '../../../decide/report/picture.ts'
import { cfoData, type ReportExtras } from './cfo-data.ts'
import { CFO_PAGE } from './cfo-page.ts'
import { savingsSvg } from './savings-svg.ts'
import { yearOfSavings } from './savings.ts'

/** A folder that need not exist: the template reads nothing but what is put there in memory. */
const ROOT = process.platform === 'win32' ? 'C:\\spillway-report' : '/spillway-report'
const FONT = "'Libertinus Serif'"

/** The report for who signs, A4; the same bytes for the same plan and moment. Throws PDF_UNAVAILABLE where the typesetter cannot run. */
export async function cfoPdf(result: PlanResult, extras: ReportExtras): Promise<Uint8Array> {
  const { NodeCompiler } = await typesetter()
  const compiler = NodeCompiler.create({ workspace: ROOT })
  const year = yearOfSavings(result)
  compiler.mapShadow(`${ROOT}/picture.svg`, Buffer.from(pictureSvg(layoutPicture(result), { fontFamily: FONT })))
  if (year !== null) compiler.mapShadow(`${ROOT}/savings.svg`, Buffer.from(savingsSvg(year, FONT)))
  compiler.mapShadow(`${ROOT}/plan.json`, Buffer.from(JSON.stringify(cfoData(result, extras))))
  const compiled = compiler.compile({ mainFileContent: CFO_PAGE })
  const document = compiled.result
  if (document === null) throw new Error(`the report template does not compile: ${JSON.stringify(compiled.takeDiagnostics()?.shortDiagnostics)}`)
  return new Uint8Array(compiler.pdf(document, { creationTimestamp: Math.floor(extras.generatedAt.getTime() / 1000) }))
}

async function typesetter(): Promise<Pick<typeof import('@myriaddreamin/typst-ts-node-compiler'), 'NodeCompiler'>> {
  try {
    return await import('@myriaddreamin/typst-ts-node-compiler')
  } catch (error) {
    throw new SpillwayError('PDF_UNAVAILABLE', 'the typesetter cannot be loaded on this machine', 'Run npm install again on this platform, or use --xlsx', {}, { cause: error })
  }
}
