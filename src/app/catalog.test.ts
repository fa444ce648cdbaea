import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { breakEvenUtilization } from '../core/break-even.ts'
import { checkCatalog } from '../core/catalog/check.ts'
import { findGpu, findModel, findOffer, findTokenOffer } from '../core/catalog/find.ts'
import type { Offer } from '../core/catalog/types.ts'
import type { DedicatedCard, ServerlessCard } from '../core/billing/rate-card.ts'
import { parseUsd, scale, toUsd } from '../core/money.ts'
import { loadCatalog, readCatalog, shippedCatalog } from './catalog.ts'

const TODAY = '2026-11-24'
const catalog = shippedCatalog()
const rented = (id: string): DedicatedCard => findOffer(catalog, id).card as DedicatedCard
const metered = (id: string): ServerlessCard => findOffer(catalog, id).card as ServerlessCard
const breakEven = (dedicated: string, serverless: string): number => breakEvenUtilization({ dedicatedPerHour: toUsd(rented(dedicated).perGpuHour), serverlessPerSecond: toUsd(metered(serverless).perGpuSecond), overheadShare: 0, k: 1, throughputRatio: 1 })
const egress = (provider: string): Set<bigint | null> => new Set(catalog.offers.flatMap(({ provider: own, card }) => (own === provider && card.rule === 'dedicated' ? [card.egressPerGb] : [])))
const notice = (provider: string): Set<number | null> => new Set(catalog.offers.flatMap(({ provider: own, card }) => (own === provider && card.rule === 'dedicated' && card.spot !== null ? [card.spot.noticeSeconds] : [])))

const folder = mkdtempSync(join(tmpdir(), 'spillway-catalog-'))
afterAll(() => rmSync(folder, { recursive: true }))
function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

describe('the shipped catalog', () => {
  it('passes the check, today and when it is old', () => {
    expect(checkCatalog(catalog, TODAY).filter(({ severity }) => severity === 'error')).toEqual([])
    expect(checkCatalog(catalog, '2036-01-01').filter(({ severity }) => severity === 'error')).toEqual([])
  })

  it('covers the GPUs, models, tiers and providers that plans are asked for', () => {
    for (const gpu of ['t4', 'l4', 'a10g', 'a100-40gb', 'a100', 'l40s', 'h100', 'h100-pcie', 'h200', 'b200', 'b300', 'gb200', 'mi300x', '3090', '4090', 'a5000', 'a6000']) expect(findGpu(catalog, gpu).memoryGb).toBeGreaterThan(0)
    for (const model of ['llama-2-70b', 'llama-3.1-8b', 'llama-3.2-3b', 'llama-3.3-70b', 'mistral-7b', 'mixtral-8x22b', 'qwen2.5-72b', 'qwen3-235b-a22b', 'gemma-3-27b', 'deepseek-r1', 'gpt-oss-120b', 'bloom', 'bge-m3', 'e5-large', 'gte-base']) expect(findModel(catalog, model).parametersB).toBeGreaterThan(0)
    expect(new Set(catalog.offers.map(({ tier }) => tier))).toEqual(new Set(['on-demand', 'committed-1y', 'committed-3y', 'spot', 'managed', 'serverless', 'decentralized']))
    const providers = new Set(catalog.offers.map(({ provider }) => provider))
    for (const provider of ['aws', 'gcp', 'azure', 'runpod', 'modal', 'replicate', 'lambda', 'coreweave', 'akash', 'aws-sagemaker']) expect(providers).toContain(provider)
    for (const provider of ['openai', 'anthropic', 'google', 'deepseek', 'xai']) expect(catalog.tokenOffers.some((offer) => offer.provider === provider)).toBe(true)
  })

  it('h100 means the SXM card', () => {
    expect(findGpu(catalog, 'h100').id).toBe('h100-80gb')
  })

  it('keeps what is known to be right where price lists are often mixed up', () => {
    // 0.000164 USD a second is the T4 of Modal; RunPod has no serverless T4.
    expect(metered('modal-t4').perGpuSecond).toBe(164_000n)
    expect(catalog.offers.filter(({ provider, gpu }) => provider === 'runpod' && gpu === 't4-16gb')).toEqual([])
    expect([metered('runpod-serverless-a100-80gb').perGpuSecond, metered('runpod-serverless-b200-180gb').alwaysOnPerGpuSecond]).toEqual([760_000n, 1_900_000n])
    expect(rented('runpod-community-a100-80gb').perGpuHour).toBe(1_390_000_000n)
    // Modal keeps replicas for a window that users set: it is no minimum.
    expect([metered('modal-t4').minimumSeconds, metered('modal-t4').idleWindowSeconds]).toEqual([0, null])
  })

  it('break-even of sourced RunPod prices: A100 50.8 %, H100 64.4 %', () => {
    expect(breakEven('runpod-community-a100-80gb', 'runpod-serverless-a100-80gb')).toBeCloseTo(0.508, 3)
    expect(breakEven('runpod-community-h100-80gb', 'runpod-serverless-h100-80gb')).toBeCloseTo(0.644, 3)
  })

  it('pods of RunPod send data out free of charge; the large clouds charge for it', () => {
    expect([egress('runpod'), egress('aws'), egress('gcp'), egress('azure')]).toEqual([new Set([0n]), new Set([90_000_000n]), new Set([120_000_000n]), new Set([87_000_000n])])
  })

  it('spot notice: AWS 120 s, Google Cloud and Azure 30 s', () => {
    expect([notice('aws'), notice('gcp'), notice('azure')]).toEqual([new Set([120]), new Set([30]), new Set([30])])
  })

  it('a price divided from an instance is the division that its note states', () => {
    const divided = catalog.offers.flatMap((offer): [Offer, RegExpExecArray][] => {
      const match = /: ([\d,.]+) USD (?:an hour|a month \/ (730) h)(?: \/ (\d+) GPUs)?/u.exec(offer.note ?? '')
      return match === null || offer.card.rule !== 'dedicated' ? [] : [[offer, match]]
    })
    expect(divided.length).toBeGreaterThan(10)
    for (const [{ id, card }, [, price, hours = '1', gpus = '1']] of divided) {
      expect([id, (card as DedicatedCard).perGpuHour]).toEqual([id, scale(parseUsd(price!.replaceAll(',', '')), 1n, BigInt(hours) * BigInt(gpus))])
    }
  })

  it('commitments are cheaper than on demand, the longer the more', () => {
    const prices = ['gcp-a2-a100-40gb', 'gcp-a2-a100-40gb-1y', 'gcp-a2-a100-40gb-3y'].map((id) => rented(id).perGpuHour)
    expect(prices).toEqual(prices.toSorted((a, b) => (a < b ? 1 : -1)))
  })

  it('KV bytes follow from the architecture', () => {
    for (const { id, layers, kvHeads, headDim, kvBytesPerToken } of catalog.models) {
      if (kvHeads === null) continue
      expect([id, kvBytesPerToken]).toEqual([id, 2 * 2 * layers! * kvHeads * headDim!])
    }
    // Latent attention: 512 + 64 values a layer.
    expect(findModel(catalog, 'deepseek-v3').kvBytesPerToken).toBe(61 * 576 * 2)
  })

  it('token prices are per million, with tiers above 200,000 tokens', () => {
    const { card } = findTokenOffer(catalog, 'google/gemini-2.5-pro')
    expect([card.perMillion.inputUncached, card.perMillion.output]).toEqual([1_250_000_000n, 10_000_000_000n])
    expect(card.tiers).toMatchObject([{ promptTokensAbove: 200_000, perMillion: { inputUncached: 2_500_000_000n } }])
    expect(findTokenOffer(catalog, 'anthropic/claude-sonnet-4-5').card.perMillion).toMatchObject({ cacheRead: 300_000_000n, cacheWrite: 3_750_000_000n })
  })

  it('cold starts are unknown throughout: nobody publishes them as a distribution', () => {
    expect(catalog.offers.flatMap(({ card }) => (card.rule === 'serverless' && card.coldStart !== null ? [card.coldStart] : []))).toEqual([])
  })
})

const OFFER = { id: 'mine', provider: 'me', gpu: 'h100-80gb', tier: 'on-demand', card: { rule: 'dedicated', perGpuHour: '2.10', granularitySeconds: 1, minimumSeconds: 0 }, source: 'contract 17', asOf: '2026-10-01' }

describe('loadCatalog', () => {
  it('without a file it is the shipped catalog', async () => {
    expect(await loadCatalog(undefined, TODAY)).toEqual(catalog)
  })

  it('puts own offers on top, and replaces by id', async () => {
    const file = fileOf('own.json', JSON.stringify({ offers: [OFFER, { ...OFFER, id: 'modal-t4' }] }))
    const merged = await loadCatalog(file, TODAY)
    expect(merged.offers).toHaveLength(catalog.offers.length + 1)
    expect([findOffer(merged, 'mine').own, findOffer(merged, 'modal-t4').provider, findOffer(merged, 'modal-l4').own]).toEqual([true, 'me', undefined])
  })

  it('reads the example of the README, which counts the shipped entries right', async () => {
    const readme = readFileSync(new URL('../../catalog/README.md', import.meta.url), 'utf8')
    const [, example] = /```json\n([\s\S]*?)```/u.exec(readme)!
    const merged = await loadCatalog(fileOf('example.json', example!), TODAY)
    expect(merged.offers.filter(({ own }) => own === true).map(({ id }) => id)).toEqual(['contract-h100', 'our-serverless-h100'])
    for (const count of [`${catalog.gpus.length} GPUs`, `${catalog.models.length} open models`, `${catalog.offers.length} prices of GPU time`, `${catalog.tokenOffers.length} prices by token`]) expect(readme).toContain(count)
  })

  it('reads a file with a byte order mark', async () => {
    expect(findOffer(await loadCatalog(fileOf('bom.json', `\ufeff${JSON.stringify({ offers: [OFFER] })}`), TODAY), 'mine').provider).toBe('me')
  })

  it.each<[string, string | Uint8Array, string]>([
    ['an offer for an unknown GPU', JSON.stringify({ offers: [{ ...OFFER, gpu: 'z9' }] }), 'CATALOG_INVALID'],
    ['a price of a whole node', JSON.stringify({ offers: [{ ...OFFER, card: { ...OFFER.card, perGpuHour: '1500' } }] }), 'CATALOG_INVALID'],
    ['text that is not JSON', 'offers', 'CATALOG_INVALID'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), 'CATALOG_INVALID'],
    ['bytes that are no text', new Uint8Array([0x7b, 0xc3, 0x28]), 'CATALOG_INVALID'],
    ['an empty file', '', 'CATALOG_INVALID'],
  ])('refuses %s, naming the file', async (_, content, code) => {
    const file = fileOf('bad.json', content)
    await expect(loadCatalog(file, TODAY)).rejects.toMatchObject({ code, place: { file } })
  })

  it('refuses a missing file and a folder', async () => {
    await expect(readCatalog(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(readCatalog(folder)).rejects.toMatchObject({ code: 'FILE_IS_DIRECTORY' })
  })
})
