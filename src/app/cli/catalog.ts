import { Command, Option } from 'commander'
import { catalogJson } from '../../core/catalog/catalog-json.ts'
import { checkCatalog, type Problem } from '../../core/catalog/check.ts'
import { findEntry, findGpu } from '../../core/catalog/find.ts'
import type { Catalog, OfferTier } from '../../core/catalog/types.ts'
import { SpillwayError } from '../../core/errors.ts'
import { readCatalog } from '../catalog.ts'
import { suggestCommand } from './catalog-suggest.ts'
import { catalogTable, hourlyPrice } from './catalog-tables.ts'
import type { Io } from './io.ts'
import { renderTable } from './table.ts'
import { labeled } from './wrap.ts'

const TIERS: readonly OfferTier[] = ['on-demand', 'committed-1y', 'committed-3y', 'spot', 'managed', 'serverless', 'decentralized']
/** What a person types, and the list it names. */
const LISTS: Readonly<Record<string, keyof Catalog>> = { gpus: 'gpus', models: 'models', offers: 'offers', tokens: 'tokenOffers' }
/** The exit status of `catalog check` where it finds errors. */
const CHECK_FAILED = 3

interface Shared {
  readonly offers?: string
  readonly json?: boolean
}

interface Filters extends Shared {
  readonly gpu?: string
  readonly provider?: string
  readonly tier?: OfferTier
}

/** `spillway catalog`: the GPUs, models and prices that plans are made from. */
export function catalogCommand(io: Io): Command {
  const list = sharedOptions(new Command('list').description('GPUs, models, GPU offers (the default) or token offers'))
    .argument('[what]', `one of ${Object.keys(LISTS).join(', ')}`, 'offers')
    .option('--gpu <id>', 'only this GPU')
    .option('--provider <name>', 'only this provider')
    .addOption(new Option('--tier <tier>', 'only this tier of offers').choices(TIERS))
    .addHelpText('after', '\nExamples:\n  $ spillway catalog list --gpu h100 --tier on-demand\n  $ spillway catalog list tokens --provider anthropic\n  $ spillway catalog list models --json\n')
    .action(async (what: string, options: Filters) => runList(what, options, io))
  const show = sharedOptions(new Command('show').description('everything known of one GPU, model or offer'))
    .argument('<id>', 'its id or another name')
    .addHelpText('after', '\nExamples:\n  $ spillway catalog show h100\n  $ spillway catalog show runpod-serverless-a100-80gb --json > my-offers.json\n')
    .action(async (id: string, options: Shared) => runShow(id, options, io))
  const check = sharedOptions(new Command('check').description('sources, dates, prices and references; exit status 3 where an error is found'))
    .addHelpText('after', '\nExamples:\n  $ spillway catalog check\n  $ spillway catalog check --offers my-offers.json --json\n')
    .action(async (options: Shared) => runCheck(options, io))
  return new Command('catalog').description('GPUs, models and prices, each with its source and date').addCommand(list).addCommand(show).addCommand(check).addCommand(suggestCommand(io))
}

function sharedOptions(command: Command): Command {
  return command.option('--offers <file>', 'your own offers on top, as described in catalog/README.md; - reads standard input').option('--json', 'print JSON')
}

async function runList(what: string, options: Filters, io: Io): Promise<void> {
  const list = Object.hasOwn(LISTS, what) ? LISTS[what] : undefined
  if (list === undefined) throw new SpillwayError('CLI_USAGE', `the catalog has no list "${what}"`, `Use ${Object.keys(LISTS).join(', ')}`)
  const part = filtered(list, await readCatalog(options.offers), options)
  io.stdout(options.json ? json(catalogJson({ [list]: part[list] })) : `${catalogTable(list, part, columns(io))}\n`)
}

function filtered(list: keyof Catalog, catalog: Catalog, { gpu, provider, tier }: Filters): Catalog {
  const misplaced = [gpu !== undefined && list !== 'offers' && list !== 'gpus' && '--gpu', provider !== undefined && list !== 'offers' && list !== 'tokenOffers' && '--provider', tier !== undefined && list !== 'offers' && '--tier'].find((option) => option !== false)
  if (misplaced !== undefined) throw new SpillwayError('CLI_USAGE', `${misplaced} does not apply to this list`, 'Leave it out, or list offers')
  const id = gpu === undefined ? undefined : findGpu(catalog, gpu).id
  const from = (entry: { readonly provider: string }): boolean => provider === undefined || entry.provider.toLowerCase() === provider.toLowerCase()
  return {
    gpus: catalog.gpus.filter((entry) => id === undefined || entry.id === id),
    models: catalog.models,
    offers: catalog.offers.filter((entry) => from(entry) && (id === undefined || entry.gpu === id) && (tier === undefined || entry.tier === tier)),
    tokenOffers: catalog.tokenOffers.filter(from),
  }
}

async function runShow(id: string, options: Shared, io: Io): Promise<void> {
  const { kind, entry } = findEntry(await readCatalog(options.offers), id)
  const plain = catalogJson({ [kind]: [entry] })
  if (options.json) {
    io.stdout(json(plain))
    return
  }
  const [fields] = plain[kind] as [Record<string, unknown>]
  const lines = [...flat(fields), ...(kind === 'offers' ? [['= USD per GPU-hour', hourlyPrice(entry)] as [string, string]] : [])]
  const column = Math.max(...lines.map(([name]) => name.length)) + 2
  io.stdout(`${lines.map(([name, value]) => labeled(name, column, value, columns(io))).join('\n')}\n`)
}

/** Where null says "there is none" rather than "nobody knows". */
const NONE = new Set(['openModel', 'card.commitment', 'card.spot'])

/** Fields inside fields by their path, `card.perGpuHour`; null is unknown. */
function flat(fields: object, prefix = ''): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    if (value === null) return [[prefix + name, NONE.has(prefix + name) ? 'none' : 'unknown']]
    if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return [[prefix + name, value.length === 0 ? 'none' : value.join(', ')]]
    if (typeof value === 'object') return Array.isArray(value) && value.length === 0 ? [[prefix + name, 'none']] : flat(value as object, `${prefix}${name}.`)
    return [[prefix + name, String(value)]]
  })
}

async function runCheck(options: Shared, io: Io): Promise<void> {
  const catalog = await readCatalog(options.offers)
  const today = io.now().toISOString().slice(0, 10)
  const problems = checkCatalog(catalog, today)
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  io.stdout(options.json ? json({ checkedOn: today, errors, warnings, problems }) : checkReport(catalog, problems, errors, warnings, columns(io)))
  if (errors > 0) process.exitCode = CHECK_FAILED
}

function checkReport(catalog: Catalog, problems: readonly Problem[], errors: number, warnings: number, width: number): string {
  const counts = `${catalog.gpus.length} GPUs, ${catalog.models.length} models, ${catalog.offers.length} offers, ${catalog.tokenOffers.length} token offers: ${errors} errors, ${warnings} warnings.`
  if (problems.length === 0) return `${counts}\n`
  const rows = problems.map(({ severity, id, message, mend }) => [severity, id, `${message}. ${mend}.`])
  return `${counts}\n\n${renderTable([{ header: '', shrink: false }, { header: 'entry', shrink: false }, { header: 'problem' }], rows, width)}\n`
}

function columns(io: Io): number {
  return Math.min(io.columns, 100)
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
