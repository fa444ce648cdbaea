import gpus from '../../catalog/gpus.json' with { type: 'json' }
import models from '../../catalog/models.json' with { type: 'json' }
import offers from '../../catalog/offers.json' with { type: 'json' }
import tokenPrices from '../../catalog/token-prices.json' with { type: 'json' }
import { checkCatalog } from '../core/catalog/check.ts'
import { mergeCatalogs } from '../core/catalog/merge.ts'
import { parseCatalog, parseCatalogText } from '../core/catalog/parse.ts'
import type { Catalog } from '../core/catalog/types.ts'
import { SpillwayError } from '../core/errors.ts'
import { openSource } from '../measure/traffic/source.ts'

const MAX_BYTES = 64 * 1024 * 1024

/** The catalog that ships with Spillway; the files are part of the program, so that it runs from anywhere. */
export function shippedCatalog(): Catalog {
  return {
    gpus: parseCatalog(gpus, 'catalog/gpus.json').gpus,
    models: parseCatalog(models, 'catalog/models.json').models,
    offers: parseCatalog(offers, 'catalog/offers.json').offers,
    tokenOffers: parseCatalog(tokenPrices, 'catalog/token-prices.json').tokenOffers,
  }
}

/**
 * The shipped catalog with the user's file on top (`-` is standard input), unchecked but for its shape. Throws
 * CATALOG_INVALID for a file of another shape, FILE_NOT_FOUND and its like for one that cannot be read.
 */
export async function readCatalog(ownFile: string | undefined): Promise<Catalog> {
  const shipped = shippedCatalog()
  return ownFile === undefined ? shipped : mergeCatalogs(shipped, parseCatalogText(await textOf(ownFile), ownFile))
}

/**
 * The catalog to plan with on `today` (YYYY-MM-DD): as `readCatalog`, and CATALOG_INVALID names the first entry that
 * `checkCatalog` finds wrong, such as an offer for a GPU that nobody described.
 */
export async function loadCatalog(ownFile: string | undefined, today: string): Promise<Catalog> {
  const catalog = await readCatalog(ownFile)
  const wrong = checkCatalog(catalog, today).find(({ severity }) => severity === 'error')
  if (wrong !== undefined) throw new SpillwayError('CATALOG_INVALID', `"${wrong.id}" ${wrong.message}`, wrong.mend, { file: ownFile ?? 'catalog', column: wrong.list })
  return catalog
}

async function textOf(file: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (await openSource(file)).chunks) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new SpillwayError('CATALOG_INVALID', 'is longer than 64 MiB', 'Keep the offers that you compare', { file })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (error) {
    throw new SpillwayError('CATALOG_INVALID', 'is not UTF-8 text', 'Save it as UTF-8', { file }, { cause: error })
  }
}
