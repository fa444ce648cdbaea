/** One sample of Prometheus' text exposition format. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** An engine has dozens of series; thousands of one wanted name are a mistake or an attack. */
const MAX_SAMPLES = 1000
const MAX_LABELS = 32

const LABEL = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/uy
const VALUE = /\s+(\S+)/uy

/**
 * The samples whose name is wanted, at most 1000, from the text format (also OpenMetrics: a timestamp and an exemplar behind
 * the value are ignored). Lines that are no samples are skipped: an engine's other metrics are not ours to judge.
 */
export function readSamples(text: string, wanted: ReadonlySet<string>): Sample[] {
  const samples: Sample[] = []
  for (let start = 0; start < text.length && samples.length < MAX_SAMPLES; ) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const sample = text.charCodeAt(start) === 35 ? null : readLine(text, start, end, wanted)
    if (sample !== null) samples.push(sample)
    start = end + 1
  }
  return samples
}

function readLine(text: string, start: number, end: number, wanted: ReadonlySet<string>): Sample | null {
  // The name first, without a copy of a line that nobody wants.
  let at = start
  while (at < end && isNameCharacter(text.charCodeAt(at))) at++
  if (!wanted.has(text.slice(start, at))) return null
  const name = text.slice(start, at)
  const rest = text.slice(at, end)
  const labels = rest.startsWith('{') ? readLabels(rest) : { values: {}, end: 0 }
  const value = labels === null ? null : readValue(rest, labels.end)
  return labels === null || value === null ? null : { name, labels: labels.values, value }
}

function isNameCharacter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 58) || code === 95
}

/** From an opening brace; null where the labels do not end in a closing one. */
function readLabels(text: string): { readonly values: Readonly<Record<string, string>>; readonly end: number } | null {
  const labels: [string, string][] = []
  LABEL.lastIndex = 1
  let end = 1
  for (let match = LABEL.exec(text); match !== null && labels.length < MAX_LABELS; match = LABEL.exec(text)) {
    labels.push([match[1]!, match[2]!.replaceAll(/\\(.)/gu, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))])
    end = LABEL.lastIndex
  }
  while (text[end] === ' ') end++
  return text[end] === '}' ? { values: Object.fromEntries(labels), end: end + 1 } : null
}

/** Null for what is not finite: `NaN` and `+Inf` say nothing of a load. */
function readValue(text: string, from: number): number | null {
  VALUE.lastIndex = from
  const value = Number(VALUE.exec(text)?.[1] ?? Number.NaN)
  return Number.isFinite(value) ? value : null
}
