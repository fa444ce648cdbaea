/** What /api/v1/latency and /api/v1/distribution measure, in words. */
export const METRICS = [
  ['ttft', 'time to the first token'],
  ['tpot', 'time a token after it'],
  ['total', 'time of the whole call'],
  ['queued', 'time waited for room'],
  ['input', 'prompt tokens'],
  ['output', 'answer tokens'],
] as const
export type MetricName = (typeof METRICS)[number][0]

export const isTime = (metric: MetricName): boolean => metric !== 'input' && metric !== 'output'
