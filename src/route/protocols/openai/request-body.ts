import { scanJson } from '../parse-spans.ts'
import type { JsonSpans, Span } from '../parse-spans.ts'
import type { ParsedCall } from '../../seams.ts'
import { asksForUsage } from './paths.ts'

/** Whether the client asked for the usage in the stream itself; else the chunk that carries it is ours and is taken out again. */
export function clientAsksForUsage(call: ParsedCall): boolean {
  const options = call.json['stream_options']
  return typeof options === 'object' && options !== null && (options as Record<string, unknown>)['include_usage'] === true
}

/**
 * The body for the upstream: the client's bytes with at most two edits, the model's name where the pool calls it
 * otherwise and `stream_options.include_usage` for streams. The same buffer where nothing has to change.
 */
export function upstreamBody(call: ParsedCall, upstreamModel: string): Buffer {
  const rename = upstreamModel !== call.model
  const addUsage = call.stream && asksForUsage(call.api) && !clientAsksForUsage(call)
  if (!rename && !addUsage) return call.body
  const spans = call.spans ?? scanJson(call.body, Number.POSITIVE_INFINITY)
  const edits: Edit[] = []
  if (rename) edits.push({ ...spanOf(spans, 'model'), text: JSON.stringify(upstreamModel) })
  if (addUsage) edits.push(usageEdit(call, spans))
  return spliced(call.body, edits)
}

interface Edit extends Span {
  readonly text: string
}

function usageEdit(call: ParsedCall, spans: JsonSpans): Edit {
  const span = spans.at.stream_options
  if (span === undefined) return { start: spans.inside, end: spans.inside, text: '"stream_options":{"include_usage":true},' }
  const options = call.json['stream_options']
  const asked = typeof options === 'object' && options !== null ? options : {}
  return { ...span, text: JSON.stringify({ ...asked, include_usage: true }) }
}

function spanOf(spans: JsonSpans, key: 'model'): Span {
  const span = spans.at[key]
  if (span === undefined) throw new Error(`the body of a parsed call has no ${key}`)
  return span
}

/** Into one buffer, without views of the pieces: each would cost as much as copying a kilobyte. */
function spliced(body: Buffer, edits: Edit[]): Buffer {
  if (edits.length > 1) edits.sort((a, b) => a.start - b.start)
  let length = body.length
  for (const { start, end, text } of edits) length += Buffer.byteLength(text) - (end - start)
  const out = Buffer.allocUnsafe(length)
  let from = 0
  let at = 0
  for (const { start, end, text } of edits) {
    at += body.copy(out, at, from, start)
    at += out.write(text, at)
    from = end
  }
  body.copy(out, at, from)
  return out
}
