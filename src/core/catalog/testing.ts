import { SpillwayError } from '../errors.ts'
import { parseCatalog } from './parse.ts'
import type { Catalog } from './types.ts'

const without = (entry: object): object => Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined))

/** Entries of the file format for tests: the least that is valid, with changes on top. `undefined` removes a field. */
export const gpuJson = (changes: object = {}): object => without({ id: 'x100-80gb', name: 'X100', memoryGb: 80, source: 'https://example.org/x100', asOf: '2026-11-01', ...changes })
export const modelJson = (changes: object = {}): object => without({ id: 'm-7b', name: 'M 7B', task: 'generation', parametersB: 7, activeB: 7, defaultPrecision: 'bf16', source: 'https://example.org/m', asOf: '2026-11-01', ...changes })
export const dedicatedJson = (changes: object = {}): object => without({ rule: 'dedicated', perGpuHour: '2.17', granularitySeconds: 1, minimumSeconds: 0, ...changes })
export const serverlessJson = (changes: object = {}): object => without({ rule: 'serverless', perGpuSecond: '0.00104', granularitySeconds: 1, minimumSeconds: 0, ...changes })
export const offerJson = (changes: object = {}): object => without({ id: 'acme-x100', provider: 'acme', gpu: 'x100-80gb', tier: 'on-demand', card: dedicatedJson(), source: 'contract', asOf: '2026-11-01', ...changes })
export const serverlessOfferJson = (changes: object = {}): object => offerJson({ id: 'acme-x100-serverless', tier: 'serverless', card: serverlessJson(), ...changes })
export const tokenOfferJson = (changes: object = {}): object => without({ id: 'acme/m', provider: 'acme', model: 'm', card: { rule: 'tokens', perMillion: { inputUncached: '0.5', output: '1.5' }, perCall: '0' }, source: 'contract', asOf: '2026-11-01', ...changes })

/** One entry of each list. */
export function smallCatalog(changes: object = {}): Catalog {
  return parseCatalog({ gpus: [gpuJson()], models: [modelJson()], offers: [offerJson(), serverlessOfferJson()], tokenOffers: [tokenOfferJson()], ...changes }, 'small.json')
}

/** The coded error that `action` throws, null where it throws none; other errors pass. */
export function codedError(action: () => unknown): SpillwayError | null {
  try {
    action()
    return null
  } catch (error) {
    if (error instanceof SpillwayError) return error
    throw error
  }
}
