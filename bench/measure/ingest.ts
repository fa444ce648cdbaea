// Spans a second on one core, from OTLP protobuf to observations that are on disk, beside what a library takes to decode alone.
//   npm run bench:ingest
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shippedCatalog } from '../../src/app/catalog.ts'
import { keep } from '../../src/app/ingest/keeper.ts'
import { recordsOf } from '../../src/app/ingest/records.ts'
import { seededRandom } from '../../src/core/random.ts'
import { createIngest } from '../../src/measure/ingest/ingest.ts'
import { meaningOf } from '../../src/measure/ingest/dialects/table.ts'
import { INGEST_LIMITS } from '../../src/measure/ingest/limits.ts'
import { observeSpan } from '../../src/measure/ingest/normalize/observe-span.ts'
import { priceBook } from '../../src/measure/ingest/price/price-book.ts'
import { NameTable } from '../../src/measure/ingest/protobuf/name-table.ts'
import { encode, OTLP } from '../../src/measure/ingest/protobuf/testing.ts'
import { readTraces } from '../../src/measure/ingest/protobuf/traces.ts'
import type { OtlpSpan } from '../../src/measure/ingest/span.ts'
import { openJournal } from '../../src/store/journal-file/open-journal.ts'

const SPANS = 512
/** More than are remembered of traces, so that none is met again while it is. */
const BATCHES = 40
const SECONDS = 2
const ROUNDS = 5
const NOW = Date.now()
const random = seededRandom(7)
const hex = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, () => Math.floor(random() * 256)))
const price = priceBook(shippedCatalog().tokenOffers)
const sender = { tenant: 'bench', keyId: 'k', now: NOW }

/** 15 attributes and 600 bytes a span: traces of an agent, six calls with their messages, and a tool. */
function batch(): Buffer {
  const spans = Array.from({ length: SPANS / 8 }, () => {
    const traceId = hex(16)
    const root = hex(8)
    return Array.from({ length: 8 }, (_, index) => span(traceId, index === 0 ? root : hex(8), index === 0 ? null : root, index === 0 ? 'invoke_agent' : index === 7 ? 'execute_tool' : 'chat'))
  }).flat()
  return encode('ExportTraceServiceRequest', { resourceSpans: [{ resource: { attributes: [text('service.name', 'shop'), text('deployment.environment', 'production')] }, scopeSpans: [{ scope: { name: 'gen_ai', version: '1.0.0' }, spans }] }] })
}

function span(traceId: Buffer, spanId: Buffer, parentSpanId: Buffer | null, operation: string): object {
  const input = 500 + Math.floor(random() * 4000)
  return {
    traceId, spanId, ...(parentSpanId === null ? {} : { parentSpanId }), name: `${operation} gpt-5`, kind: 3, startTimeUnixNano: `${NOW}000000`, endTimeUnixNano: `${NOW + 900}000000`, status: { code: 1 },
    attributes: [
      text('gen_ai.operation.name', operation), text('gen_ai.provider.name', 'openai'), text('gen_ai.request.model', 'gpt-5'), text('gen_ai.response.model', 'gpt-5-2025-08-07'), text('gen_ai.response.id', `chatcmpl-${hex(12).toString('hex')}`),
      number('gen_ai.usage.input_tokens', input), number('gen_ai.usage.output_tokens', 200), number('gen_ai.usage.cache_read.input_tokens', Math.floor(input / 2)), number('gen_ai.usage.reasoning.output_tokens', 50),
      text('gen_ai.conversation.id', `s-${Math.floor(random() * 1000)}`), text('user.id', `u-${Math.floor(random() * 1000)}`), text('gen_ai.tool.name', 'search'), text('server.address', 'api.openai.com'), number('server.port', 443),
      text('gen_ai.input.messages', JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'How do I return the shoes that I bought last week? '.repeat(3) }] }])),
    ],
  }
}

function text(key: string, stringValue: string): object {
  return { key, value: { stringValue } }
}

function number(key: string, intValue: number): object {
  return { key, value: { intValue } }
}

const batches = Array.from({ length: BATCHES }, batch)
const request = OTLP.lookupType('ExportTraceServiceRequest')
const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-ingest-'))
const journal = await openJournal({ folder, clock: { now: () => Date.now() } })
const ingest = createIngest({ price })
const table = new NameTable((name) => meaningOf(name) !== null)
const none = { reject: () => {} }

const ways: Readonly<Record<string, (body: Buffer) => unknown>> = {
  'protobufjs decode': (body) => request.decode(body),
  'protobufjs decode, toObject': (body) => request.toObject(request.decode(body), { longs: String }),
  'reader, every attribute': readWith(new NameTable(() => true), () => {}),
  'reader, wanted attributes': readWith(table, () => {}),
  'reader and normalizing': readWith(table, (one) => observeSpan(one, { ...sender, price })),
  'ingest, settled': (body) => ingest.traces(body, 'protobuf', sender),
  'ingest, durable in the journal': async (body) => {
    const { observations, scores } = await ingest.traces(body, 'protobuf', sender)
    await keep(journal, recordsOf(observations, scores))
  },
}

function readWith(names: NameTable, take: (span: OtlpSpan) => void): (body: Buffer) => void {
  return (body) => {
    for (const _ of readTraces(body, names, INGEST_LIMITS, { ...none, span: take }));
  }
}

/** The same with four requests at once, as several clients send: the disk's wait is shared. */
async function together(body: (index: number) => Buffer): Promise<void> {
  await Promise.all([0, 1, 2, 3].map((index) => ways['ingest, durable in the journal']!(body(index))))
}

async function measure(run: (index: number) => unknown, spansEach: number): Promise<{ readonly rate: number; readonly cpu: number }> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  let count = 0
  while (performance.now() - start < SECONDS * 1000) await run(count++)
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { rate: (count * spansEach) / seconds, cpu: (user + system) / (count * spansEach) }
}

const at = (index: number): Buffer => batches[index % BATCHES]!
const found = new Map<string, { rate: number; cpu: number }[]>()
for (let round = 0; round <= ROUNDS; round++) {
  for (const name of [...Object.keys(ways), 'the same, four at once']) {
    const way = ways[name]
    const result = await measure(way === undefined ? (index) => together((one) => at(index * 4 + one)) : (index) => way(at(index)), way === undefined ? SPANS * 4 : SPANS)
    // The first round warms up.
    if (round > 0) found.set(name, [...(found.get(name) ?? []), result])
  }
}
await journal.close()
rmSync(folder, { recursive: true })

console.log(`${SPANS} spans, ${(batches[0]!.length / 1024).toFixed(0)} KiB a request; ${ROUNDS} rounds of ${SECONDS} s: median (lowest to highest); CPU of all threads`)
for (const [name, results] of found) {
  const rates = results.map(({ rate }) => rate / 1000).sort((a, b) => a - b)
  const cpu = results.map((one) => one.cpu).sort((a, b) => a - b)
  console.log(`${name.padEnd(34)} ${rates[ROUNDS >> 1]!.toFixed(0).padStart(5)} k spans/s (${rates[0]!.toFixed(0)} to ${rates.at(-1)!.toFixed(0)}), ${cpu[ROUNDS >> 1]!.toFixed(1)} us of CPU a span`)
}
