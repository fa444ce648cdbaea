/** Dimensions that calls can be filtered by, as /api/v1/calls names them. */
export const FILTERS = ['user', 'feature', 'session', 'prompt', 'promptVersion', 'model', 'modelServed', 'provider', 'pool', 'endpoint', 'reason', 'outcome', 'source', 'key', 'kind', 'name', 'costStatus', 'fingerprint'] as const

export interface Filter {
  /** One of FILTERS, or `tag:NAME`. */
  readonly dimension: string
  /** Empty = calls that do not say it. */
  readonly value: string
}

const MOST = 20

/** Reads `dimension=value` texts as they stand in the address; what is none is dropped. */
export function readFilters(texts: readonly string[]): Filter[] {
  return texts.slice(0, MOST).flatMap((text) => {
    const mark = text.indexOf('=')
    const dimension = text.slice(0, mark)
    const known = (FILTERS as readonly string[]).includes(dimension) || /^tag:[^\u0000-\u001F]{1,64}$/u.test(dimension)
    return mark > 0 && known ? [{ dimension, value: text.slice(mark + 1) }] : []
  })
}

export const filterText = ({ dimension, value }: Filter): string => `${dimension}=${value}`

/** As a query of the API: a dimension with several values means any of them. */
export function filterQuery(filters: readonly Filter[]): Record<string, string[]> {
  const query: Record<string, string[]> = {}
  for (const { dimension, value } of filters) (query[dimension.startsWith('tag:') ? `tag[${dimension.slice(4)}]` : dimension] ??= []).push(value)
  return query
}
