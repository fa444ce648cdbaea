import type { CallLeaf, Leaf } from '../leaf/schema.ts'
import { type BundleInfo, proofPath } from './bundle-format.ts'
import { isWhole } from './select-entries.ts'

/** Rows of the page; all entries are in entries.jsonl. */
const MOST_ROWS = 1000
const MOST_MODELS = 100

/** What the page counts while the entries go by. */
export interface BundleSummary {
  entries: number
  readonly kinds: Map<string, number>
  readonly outcomes: Map<string, number>
  readonly models: Map<string, number>
  readonly rows: { readonly index: number; readonly leaf: Leaf }[]
}

export function emptySummary(): BundleSummary {
  return { entries: 0, kinds: new Map(), outcomes: new Map(), models: new Map(), rows: [] }
}

export function summarize(summary: BundleSummary, index: number, leaf: Leaf): void {
  summary.entries++
  count(summary.kinds, leaf.leaf)
  if (leaf.leaf === 'call') {
    count(summary.outcomes, leaf.outcome)
    const model = leaf.model.served ?? leaf.model.asked
    count(summary.models, summary.models.has(model) || summary.models.size < MOST_MODELS ? model : 'other')
  }
  if (summary.rows.length < MOST_ROWS) summary.rows.push({ index, leaf })
}

function count(into: Map<string, number>, name: string): void {
  into.set(name, (into.get(name) ?? 0) + 1)
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}th,td{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code,pre{font:13px/1.5 ui-monospace,monospace;background:#f4f4f4;padding:.1rem .3rem;overflow-wrap:anywhere}pre{padding:.6rem;white-space:pre-wrap}`

/** The export for a person to read: plain HTML, no script, nothing loaded. Everything that comes from the log is escaped. */
export function bundlePage(info: BundleInfo, verifierKey: string, { kinds, outcomes, models, rows }: BundleSummary): string {
  const facts: readonly (readonly [string, string])[] = [
    ['Log', info.origin],
    ['Entries in this export', `${info.entries} of the ${info.size} in the log`],
    ['From', info.from ?? 'the beginning'],
    ['To (not included)', info.to ?? 'the newest entry'],
    ['Tenant', info.tenant ?? 'all'],
    ['System', info.system ?? 'all'],
    ['Root hash of the log', info.root],
    ['Verifier key', verifierKey],
    ['Made', `${info.created} by Spillway ${info.build}`],
  ]
  const scope =
    isWhole(info)
      ? 'It holds the tiles and entry bundles of the log for the time asked for, so that nobody could leave out an entry between two others without it showing. Entries that share a bundle with the first and the last may lie outside that time.'
      : "It holds the entries of one tenant or one system, and the acts of the installation, each with its proof. That nothing was left out can be seen in the whole log alone, which holds other entries too."
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>Audit export of ${escape(info.origin)}</title><style>${STYLE}</style></head><body>
<h1>Audit export</h1>
<p>Records of calls to language models and of administrative acts, from a log that is signed and append-only. ${scope}</p>
${table([], facts)}
<h2>How to verify it</h2>
<p>Either program checks all of it, without a network. The second needs <code>openssl</code>. They share no code with the program that wrote the log, nor with each other.</p>
<pre>node verify.mjs . --key '${escape(verifierKey)}'
python3 verify.py . '${escape(verifierKey)}'
sha256sum -c SHA256SUMS</pre>
<p>Take the key from where the operator has published it, not from this page, and the programs from a source of your own: whoever made this export could have changed them.</p>
<h2>What this proves, and what it does not</h2>
<ul>
<li>Each entry is one that the log's key has signed for, at its place in the log, unchanged.</li>
<li>Without witnesses' signatures on <code>log/checkpoint</code>, or a checkpoint kept out of the operator's reach, it proves nothing against the operator, who could have signed another history. The file <code>policy</code> says which witnesses must have signed.</li>
<li>Calls that never passed the gateway are in no log. Losses that were noticed are entries of the kind <code>gap</code>.</li>
<li>Entries hold no prompts, answers or names; commitments and pseudonyms can be tied to them by who has the tenant's key.</li>
</ul>
<h2>What is in it</h2>
${table(['Kind of entry', '#Number'], counted(kinds))}
${outcomes.size === 0 ? '' : table(['Outcome of calls', '#Number'], counted(outcomes))}
${models.size === 0 ? '' : table(['Model', '#Calls'], counted(models))}
<h2>Files</h2>
${table([], [
  ['entries.jsonl', 'every entry, one a line: its number and the leaf'],
  ...(info.proofs ? [['proofs/', 'a proof for each entry (C2SP tlog-proof), checked with the key alone'] as const] : []),
  ['log/', 'the checkpoint (C2SP tlog-checkpoint), tiles and entry bundles (C2SP tlog-tiles)'],
  ['leaf.schema.json', 'what an entry may say, as a JSON schema'],
  ['policy', 'whose signatures a checkpoint needs (C2SP tlog-policy)'],
  ['SHA256SUMS, SHA256SUMS.note', 'all files, and the signature of the log over the list'],
])}
<h2>Entries${info.entries > rows.length ? ` (the first ${rows.length})` : ''}</h2>
<table><tr><th class="n">Number</th><th>Time</th><th>Kind</th><th>What</th></tr>
${rows.map(({ index, leaf }) => `<tr><td class="n">${info.proofs ? `<a href="${proofPath(index)}">${index}</a>` : index}</td><td>${escape(leaf.leaf === 'call' ? leaf.end : leaf.at)}</td><td>${escape(leaf.leaf)}</td><td>${escape(leaf.leaf === 'call' ? callText(leaf) : actText(leaf))}</td></tr>`).join('\n')}
</table>
</body></html>
`
}

function callText({ id, tenant, model, outcome, pool, tokens, cost }: CallLeaf): string {
  const spent = Object.entries(tokens).map(([bucket, number]) => `${bucket} ${number}`)
  return [id, `tenant ${tenant}`, model.served ?? model.asked, outcome, pool === null ? 'no pool' : `pool ${pool}`, ...spent, `${cost.nanoUsd} nano-USD (${cost.status})`].join(', ')
}

function actText(leaf: Exclude<Leaf, CallLeaf>): string {
  const { leaf: _, v: __, at: ___, ...fields } = leaf
  return Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [`${name} ${String(value)}`])).join(', ')
}

function counted(counts: ReadonlyMap<string, number>): [string, string][] {
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([name, number]) => [name, String(number)])
}

/** Headers that begin with # are of numbers. */
function table(headers: readonly string[], rows: readonly (readonly [string, string])[]): string {
  const head = headers.length === 0 ? '' : `<tr>${headers.map((text) => (text.startsWith('#') ? `<th class="n">${escape(text.slice(1))}</th>` : `<th>${escape(text)}</th>`)).join('')}</tr>`
  const last = headers[1]?.startsWith('#') === true ? ' class="n"' : ''
  return `<table>${head}${rows.map(([name, value]) => `<tr><td>${escape(name)}</td><td${last}>${escape(value)}</td></tr>`).join('')}</table>`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}
