import { SpillwayError } from '../../core/errors.ts'
import type { PlanResult } from '../../decide/plan-result.ts'
import { pictureSvg } from '../../decide/report/picture-svg.ts'
import { layoutPicture } from '../../decide/report/picture.ts'
import { PAGE_ROOMS, pageData } from './pdf-data.ts'
import { PDF_PAGE } from './pdf-page.ts'

export interface PdfOptions {
  /** Printed on the page and the creation date of the document; the same moment gives the same bytes. */
  readonly generatedAt: Date
  /** Where the typesetter comes from. Default: the installed one. */
  readonly load?: () => Promise<Pick<typeof import('@myriaddreamin/typst-ts-node-compiler'), 'NodeCompiler'>>
}

/** A folder that need not exist: the template reads nothing but the two files that are put there in memory. */
const ROOT = process.platform === 'win32' ? 'C:\\spillway-plan' : '/spillway-plan'
/** Shipped inside the typesetter, so that every machine sets the same page. */
const FONT = "'Libertinus Serif'"

/** The comparison on one A4 page. Throws PDF_UNAVAILABLE where the typesetter cannot run on this machine. */
export async function planPdf(result: PlanResult, { generatedAt, load = () => import('@myriaddreamin/typst-ts-node-compiler') }: PdfOptions): Promise<Uint8Array> {
  const { NodeCompiler } = await loaded(load)
  const picture = Buffer.from(pictureSvg(layoutPicture(result), { fontFamily: FONT }))
  for (const [index, room] of PAGE_ROOMS.entries()) {
    const compiler = NodeCompiler.create({ workspace: ROOT })
    compiler.mapShadow(`${ROOT}/picture.svg`, picture)
    compiler.mapShadow(`${ROOT}/plan.json`, Buffer.from(JSON.stringify(pageData(result, generatedAt, room))))
    const compiled = compiler.compile({ mainFileContent: PDF_PAGE })
    const document = compiled.result
    if (document === null) throw new Error(`the PDF template does not compile: ${JSON.stringify(compiled.takeDiagnostics()?.shortDiagnostics)}`)
    if (document.numOfPages === 1 || index === PAGE_ROOMS.length - 1) {
      return new Uint8Array(compiler.pdf(document, { creationTimestamp: Math.floor(generatedAt.getTime() / 1000) }))
    }
  }
  throw new Error('no page layout was tried')
}

async function loaded(load: NonNullable<PdfOptions['load']>): Promise<Awaited<ReturnType<NonNullable<PdfOptions['load']>>>> {
  try {
    return await load()
  } catch (error) {
    throw new SpillwayError('PDF_UNAVAILABLE', 'the typesetter cannot be loaded on this machine', 'Run npm install again on this platform, or use --markdown or --csv', {}, { cause: error })
  }
}
