import { Command } from 'commander'
import { buildPlanInput } from '../../decide/input/build-plan-input.ts'
import { plan } from '../../decide/plan.ts'
import { terminalReport } from '../report/terminal.ts'
import type { Io } from './io.ts'
import { addPlanOptions, type PlanOptions } from './plan-options.ts'
import { writePlanFiles } from './plan-files.ts'
import { askForMissing } from './plan-questions.ts'
import { planRequest } from './plan-request.ts'
import { savePlan } from './save-plan.ts'

/** `spillway plan`: dedicated, serverless or a mix, with the bill, the bound and what the evidence supports. */
export function planCommand(io: Io): Command {
  return addPlanOptions(new Command('plan').description('what serves this traffic cheapest: dedicated, serverless or a mix; the bill, the bound and the verdict'))
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ spillway plan --traffic examples/servegen-m-mid.csv --model llama-3.1-70b --gpu h100-80gb',
        '  $ spillway plan --requests-per-day 50000 --pattern "10-18 weekdays" --model llama-2-70b',
        '  $ spillway plan --traffic rates.csv --replica-rps 1.5 --dedicated 2.17 --serverless 0.00104',
        '  $ spillway plan --traffic calls.jsonl.gz --model qwen3-32b --slo-ttft 1s --ops kubernetes',
        '  $ spillway plan --traffic store --days 14 --where model=llama-3.1-70b --model llama-3.1-70b',
        '  $ spillway plan --traffic store --model llama-3.1-70b --save "December"',
        '  $ spillway plan --traffic images.csv --gpu-seconds 2.4 --egress-mb 1.5 --gpu l40s --pdf plan.pdf',
        '',
      ].join('\n'),
    )
    .action((options: PlanOptions) => runPlan(options, io))
}

/** Plans, prints and writes what the options ask for. */
export async function runPlan(given: PlanOptions, io: Io): Promise<void> {
  const options = await askForMissing(given, io)
  const result = plan(buildPlanInput(await planRequest(options, io)))
  const written = await writePlanFiles(result, options, io)
  if (options.save !== undefined) await savePlan(result, options.save, options, io)
  if (options.json === true) io.stdout(`${JSON.stringify(result, null, 2)}\n`)
  else io.stdout(`${terminalReport(result, { width: Math.min(io.columns, 100), color: io.color, verbose: options.verbose ?? false })}${written.map((file) => `Written: ${file}\n`).join('')}`)
}
