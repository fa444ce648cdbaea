import { Command, Option } from 'commander'
import { findModel } from '../../core/catalog/find.ts'
import type { Catalog, Precision } from '../../core/catalog/types.ts'
import { SpillwayError } from '../../core/errors.ts'
import { toUsd } from '../../core/money.ts'
import { ASSUMED_SLO, ASSUMED_TOKENS } from '../../decide/input/assumed.ts'
import { modelOfClass, suggestGpus, type Suggestion, type TaskClass } from '../../decide/suggest-gpu.ts'
import { loadCatalog } from '../catalog.ts'
import { shippedPerfTable } from '../perf-table.ts'
import type { Io } from './io.ts'
import { duration, nonNegative } from './options.ts'
import { PRECISIONS } from './plan-options.ts'
import { renderTable } from './table.ts'
import { wrap } from './wrap.ts'

const TASKS: readonly TaskClass[] = ['embeddings', 'under-13b', '13b-70b', '70b-plus']

interface Options {
  readonly model?: string
  readonly task?: TaskClass
  readonly precision?: Precision
  readonly inputTokens: number
  readonly outputTokens: number
  readonly sloTtft: number
  readonly sloTpot: number
  readonly offers?: string
  readonly json?: boolean
}

/** `spillway catalog suggest`: which GPUs carry a model, cheapest request first, with the arithmetic. */
export function suggestCommand(io: Io): Command {
  return new Command('suggest')
    .description('GPUs that carry a model or a class of tasks, cheapest request first, explained')
    .option('--model <id>', 'the model')
    .addOption(new Option('--task <class>', 'a class of tasks instead, with a model that stands for it').choices(TASKS).conflicts('model'))
    .addOption(new Option('--precision <type>', 'precision of the weights (default: as the model is published)').choices(PRECISIONS))
    .option('--input-tokens <n>', 'prompt tokens of a request', nonNegative, ASSUMED_TOKENS.input)
    .option('--output-tokens <n>', 'generated tokens of a request', nonNegative, ASSUMED_TOKENS.output)
    .option('--slo-ttft <duration>', 'latency target for the first token', duration, ASSUMED_SLO.ttftSeconds)
    .option('--slo-tpot <duration>', 'latency target for each further token', duration, ASSUMED_SLO.tpotSeconds)
    .option('--offers <file>', 'your own offers on top of the catalog')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ spillway catalog suggest --model llama-3.1-70b\n  $ spillway catalog suggest --task embeddings --input-tokens 500 --output-tokens 0\n')
    .action((options: Options) => runSuggest(options, io))
}

async function runSuggest(options: Options, io: Io): Promise<void> {
  if (options.model === undefined && options.task === undefined) throw new SpillwayError('CLI_NEEDS_ANSWER', 'neither a model nor a class of tasks is named', `Add --model MODEL, or --task ${TASKS.join('|')}`)
  const catalog = await loadCatalog(options.offers, io.now().toISOString().slice(0, 10))
  const model = options.model === undefined ? modelOfClass(options.task!, catalog.models) : findModel(catalog, options.model)
  const suggestions = suggestGpus(model, catalog.gpus, shippedPerfTable(), {
    pricePerGpuHour: (gpu) => cheapestRent(catalog, gpu)?.usd ?? null,
    shape: { input: options.inputTokens, cached: 0, output: model.task === 'embedding' ? 0 : options.outputTokens },
    slo: { ttftSeconds: options.sloTtft, tpotSeconds: options.sloTpot },
    ...(options.precision === undefined ? {} : { precision: options.precision }),
  })
  const priced = suggestions.map((suggestion) => Object.assign({ offer: cheapestRent(catalog, suggestion.gpu)?.id ?? null }, suggestion))
  if (options.json === true) io.stdout(`${JSON.stringify({ model: model.id, suggestions: priced }, null, 2)}\n`)
  else io.stdout(suggestReport(model.name, priced, Math.min(io.columns, 100)))
}

/** The cheapest hourly rent of a GPU that anybody may have: no commitment, no spot, no decentralized network. */
function cheapestRent(catalog: Catalog, gpu: string): { readonly id: string; readonly usd: number } | null {
  let best: { id: string; usd: number } | null = null
  for (const { id, gpu: of, tier, card } of catalog.offers) {
    if (of !== gpu || tier !== 'on-demand' || card.rule !== 'dedicated') continue
    const usd = toUsd(card.perGpuHour)
    if (best === null || usd < best.usd) best = { id, usd }
  }
  return best
}

function suggestReport(name: string, suggestions: readonly (Suggestion & { readonly offer: string | null })[], width: number): string {
  if (suggestions.length === 0) return `No GPU of the catalog carries ${name} within the latency target.\n`
  const rows = suggestions.map(({ gpu, gpus, usdPerHour, requestsPerSecond, usdPerThousandRequests, basis, offer }) => [
    `${gpus} x ${gpu}`,
    usdPerHour?.toFixed(2) ?? 'unknown',
    requestsPerSecond?.toPrecision(3) ?? 'unknown',
    usdPerThousandRequests?.toPrecision(3) ?? 'unknown',
    basis === null ? 'unknown' : basis === 'measured' ? 'measured' : 'rough',
    offer ?? 'no price known',
  ])
  const [first] = suggestions
  return [
    `${name}: replicas that carry it, cheapest request first`,
    '',
    renderTable([{ header: 'replica', shrink: false }, { header: '$/h', align: 'right' }, { header: 'requests/s', align: 'right' }, { header: '$/1k requests', align: 'right' }, { header: 'speed', shrink: false }, { header: 'cheapest rent' }], rows, width),
    '',
    ...wrap(`First: ${first!.why}`, width),
    ...wrap(`Memory: ${first!.memory}.`, width),
    ...wrap('A full replica is assumed: `spillway plan` says how full yours will be. "rough" speeds are carried over from other models or GPUs.', width),
    '',
  ].join('\n')
}
