import type { Static } from 'typebox'
import { dedicatedCard, serverlessCard, tokensCard } from './parse-card.ts'
import { GPU, MAX_ENTRIES, MODEL, OFFERS, TOKEN_OFFER } from './schema.ts'
import { invalid, shape, type Position } from './shape.ts'
import type { Catalog, Gpu, Model, Offer, TokenOffer } from './types.ts'

const KINDS = ['gpus', 'models', 'offers', 'tokenOffers'] as const
const MAX_CHARS = 64 * 1024 * 1024

const asGpu = shape(GPU)
const asModel = shape(MODEL)
const asDedicated = shape(OFFERS.dedicated)
const asServerless = shape(OFFERS.serverless)
const asTokenOffer = shape(TOKEN_OFFER)

/** Reads the text of a catalog file (a leading byte order mark is skipped). Throws CATALOG_INVALID. */
export function parseCatalogText(text: string, file: string): Catalog {
  const at = { file, path: [] }
  if (text.length > MAX_CHARS) throw invalid(at, `is longer than ${MAX_CHARS / 1024 / 1024} million characters`, 'Split it')
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/u, ''))
  } catch (error) {
    throw invalid(at, `is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`, 'Check commas, quotes and brackets; comments are not allowed')
  }
  return parseCatalog(value, file)
}

/**
 * Checks decoded JSON (a whole catalog, or any part of one: each list may be absent) and turns its prices into exact
 * nano-USD. `file` is for the errors. Throws CATALOG_INVALID that names the file, the field and the mend.
 */
export function parseCatalog(value: unknown, file: string): Catalog {
  const at: Position = { file, path: [] }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(at, 'holds no catalog', 'Write an object {"offers": [...]}; see catalog/README.md')
  const stranger = Object.keys(value).find((key) => key !== '$schema' && !(KINDS as readonly string[]).includes(key))
  if (stranger !== undefined) throw invalid({ file, path: [stranger] }, 'is no list that Spillway knows', `Use ${KINDS.join(', ')}`)
  const lists = KINDS.map((kind) => listOf(value as Record<string, unknown>, kind, at))
  const entries = lists.reduce((sum, list) => sum + list.length, 0)
  if (entries > MAX_ENTRIES) throw invalid(at, `has ${entries} entries, more than ${MAX_ENTRIES}`, 'Keep the offers that you compare')
  const [gpus, models, offers, tokenOffers] = lists as [unknown[], unknown[], unknown[], unknown[]]
  return {
    gpus: readAll(gpus, readGpu, { file, path: ['gpus'] }),
    models: readAll(models, readModel, { file, path: ['models'] }),
    offers: readAll(offers, readOffer, { file, path: ['offers'] }),
    tokenOffers: readAll(tokenOffers, readTokenOffer, { file, path: ['tokenOffers'] }),
  }
}

/** Reads each entry; an id that is there twice is refused, since merging would hide one of the two. */
function readAll<T extends { readonly id: string }>(list: readonly unknown[], read: (entry: unknown, position: Position) => T, position: Position): T[] {
  const firsts = new Map<string, number>()
  return list.map((raw, index) => {
    const at = { file: position.file, path: [...position.path, index] }
    const entry = read(raw, at)
    const first = firsts.get(entry.id)
    if (first !== undefined) throw invalid({ ...at, path: [...at.path, 'id'] }, `"${entry.id}" is the id of entry ${first} too`, 'Rename or remove one')
    firsts.set(entry.id, index)
    return entry
  })
}

function listOf(value: Record<string, unknown>, kind: (typeof KINDS)[number], at: Position): readonly unknown[] {
  const list = Object.hasOwn(value, kind) ? value[kind] : []
  if (!Array.isArray(list)) throw invalid({ ...at, path: [kind] }, 'is no list', 'Write [...]')
  return list
}

function readGpu(entry: unknown, position: Position): Gpu {
  const raw = asGpu(entry, position)
  return { id: raw.id, name: raw.name, aliases: raw.aliases ?? [], memoryGb: raw.memoryGb, memoryBandwidthGBps: raw.memoryBandwidthGBps ?? null, bf16Tflops: raw.bf16Tflops ?? null, fp8Tflops: raw.fp8Tflops ?? null, ...origin(raw, position) }
}

function readModel(entry: unknown, position: Position): Model {
  const raw = asModel(entry, position)
  if (raw.activeB > raw.parametersB) throw invalid({ ...position, path: [...position.path, 'activeB'] }, 'is more than parametersB', 'A token uses no more than all parameters')
  return {
    id: raw.id,
    name: raw.name,
    aliases: raw.aliases ?? [],
    task: raw.task,
    parametersB: raw.parametersB,
    activeB: raw.activeB,
    layers: raw.layers ?? null,
    attentionHeads: raw.attentionHeads ?? null,
    kvHeads: raw.kvHeads ?? null,
    headDim: raw.headDim ?? null,
    kvBytesPerToken: raw.kvBytesPerToken ?? null,
    contextTokens: raw.contextTokens ?? null,
    defaultPrecision: raw.defaultPrecision,
    ...origin(raw, position),
  }
}

function readOffer(entry: unknown, position: Position): Offer {
  const rule = ruleOf(entry)
  const at = { ...position, path: [...position.path, 'card'] }
  if (rule === 'tokens') throw invalid(at, 'is a card for tokens', 'Move the entry to "tokenOffers"')
  if (typeof rule === 'string' && rule !== 'dedicated' && rule !== 'serverless') throw invalid({ ...at, path: [...at.path, 'rule'] }, 'is no billing rule that Spillway knows', 'Give "dedicated" (by the hour) or "serverless" (by the second)')
  if (rule === 'serverless') {
    const raw = asServerless(entry, position)
    return { ...head(raw), card: serverlessCard(raw.card, at), ...origin(raw, position) }
  }
  const raw = asDedicated(entry, position)
  return { ...head(raw), card: dedicatedCard(raw.card, at), ...origin(raw, position) }
}

function ruleOf(entry: unknown): unknown {
  const card: unknown = typeof entry === 'object' && entry !== null && 'card' in entry ? entry.card : undefined
  return typeof card === 'object' && card !== null && 'rule' in card ? card.rule : undefined
}

function head(raw: Static<typeof OFFERS.dedicated> | Static<typeof OFFERS.serverless>): Pick<Offer, 'id' | 'provider' | 'gpu' | 'tier' | 'region'> {
  return { id: raw.id, provider: raw.provider, gpu: raw.gpu, tier: raw.tier, region: raw.region ?? null }
}

function readTokenOffer(entry: unknown, position: Position): TokenOffer {
  const raw = asTokenOffer(entry, position)
  return { id: raw.id, provider: raw.provider, model: raw.model, openModel: raw.openModel ?? null, card: tokensCard(raw.card), ...origin(raw, position) }
}

function origin(raw: { source: string; asOf: string; note?: string; own?: boolean }, position: Position): { source: string; asOf: string; note?: string; own?: boolean } {
  if (!isDay(raw.asOf)) throw invalid({ ...position, path: [...position.path, 'asOf'] }, `"${raw.asOf}" is no day of the calendar`, 'Give the date of the figure as YYYY-MM-DD')
  return { source: raw.source, asOf: raw.asOf, ...(raw.note === undefined ? {} : { note: raw.note }), ...(raw.own === undefined ? {} : { own: raw.own }) }
}

/** Whether a YYYY-MM-DD is a real day: 2026-02-30 is not. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text)
}
