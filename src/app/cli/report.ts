import { Command } from 'commander'
import { buildPlanInput } from '../../decide/input/build-plan-input.ts'
import { plan } from '../../decide/plan.ts'
import { SpillwayError } from '../../core/errors.ts'
import { cfoPdf } from '../report/cfo/cfo-pdf.ts'
import { cfoXlsx } from '../report/cfo/cfo-xlsx.ts'
import type { ReportExtras } from '../report/cfo/cfo-data.ts'
import { readCheckpoint } from '../report/cfo/read-extras.ts'
import type { Actuals } from '../../prove/actuals/actuals.ts'
import { withTelemetry } from './ask-telemetry.ts'
import { weekOneMarkdown } from '../report/cfo/week-one.ts'
import { dataFolder } from './data-option.ts'
import type { Io } from './io.ts'
import { writeOrExplain } from './plan-files.ts'
import { addPlanOptions, type PlanOptions } from './plan-options.ts'
import { askForMissing } from './plan-questions.ts'
import { planRequest } from './plan-request.ts'

interface ReportOptions extends PlanOptions {
  readonly xlsx?: string
  readonly checklist?: string
}

/** `spillway report`: the plan as papers: a PDF for who signs, a workbook for who checks, a list for who begins. */
export function reportCommand(io: Io): Command {
  return addPlanOptions(new Command('report').description('the plan as papers: a PDF to sign, a workbook with live formulas, the checklist of the first week'))
    .option('--xlsx <file>', 'write the workbook')
    .option('--checklist <file>', 'write the first week as Markdown')
    .addHelpText(
      'after',
      [
        '',
        '--pdf here is the report of several pages. Options are those of "spillway plan".',
        '',
        'Examples:',
        '  $ spillway report --traffic rates.csv --model llama-3.1-70b --current 60000 --pdf report.pdf',
        '  $ spillway report --traffic store --model llama-3.1-8b --pdf report.pdf --xlsx report.xlsx',
        '  $ spillway report --requests-per-day 50000 --model llama-2-70b --checklist week-1.md',
        '',
      ].join('\n'),
    )
    .action((options: ReportOptions) => runReport(options, io))
}

async function runReport(given: ReportOptions, io: Io): Promise<void> {
  if (given.pdf === undefined && given.xlsx === undefined && given.checklist === undefined) throw new SpillwayError('CLI_USAGE', 'no file is named to write', 'Add --pdf FILE, --xlsx FILE or --checklist FILE')
  const options = { ...(await askForMissing(given, io)), ...(given.xlsx === undefined ? {} : { xlsx: given.xlsx }), ...(given.checklist === undefined ? {} : { checklist: given.checklist }) }
  const result = plan(buildPlanInput(await planRequest(options, io)))
  const written: string[] = []
  const write = async (file: string | undefined, make: () => Promise<string | Uint8Array>): Promise<void> => {
    if (file === undefined) return
    await writeOrExplain(file, await make())
    written.push(file)
  }
  await write(options.pdf, async () => cfoPdf(result, { generatedAt: io.now(), priceDecline: options.priceDecline, actuals: await actualsOf(options, io), audit: await readCheckpoint(dataFolder(options, io), io.now().getTime()) }))
  await write(options.xlsx, () => cfoXlsx(result, { priceDecline: options.priceDecline }))
  await write(options.checklist, () => Promise.resolve(weekOneMarkdown(result)))
  if (options.json === true) io.stdout(`${JSON.stringify({ written, result }, null, 2)}\n`)
  else io.stdout(written.map((file) => `Written: ${file}\n`).join(''))
}

/** Of the last 30 days, from a running server; without a key there is none to ask. */
async function actualsOf(options: ReportOptions, io: Io): Promise<ReportExtras['actuals']> {
  const key = options.key ?? io.env['SPILLWAY_KEY']
  if (key === undefined || key === '') return null
  const { plan: saved, actuals } = await withTelemetry(options, io, ({ json }) => json<{ readonly plan: { readonly title: string } | null; readonly actuals: Actuals | null }>('actuals/30d'))
  return saved === null || actuals === null ? null : { title: saved.title, held: actuals }
}
