import type { ShapeOf, Usage } from './shape.ts'

/** The Responses API with one message of text, and its event stream. */
export const responsesShape: ShapeOf = ({ id, created, call }) => {
  const { answer } = call
  const itemId = `msg_${id.slice(-24)}`
  let sequence = 0
  const event = (type: string, fields: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`
  const cut = answer.finish === 'length'
  const status = cut ? 'incomplete' : 'completed'
  const item = (text: string | null): object => ({ id: itemId, type: 'message', role: 'assistant', status: text === null ? 'in_progress' : status, content: text === null ? [] : [part(text)] })
  const place = { item_id: itemId, output_index: 0, content_index: 0 }
  const response = (usage: Usage | null): object => ({
    id,
    object: 'response',
    created_at: created,
    model: call.model,
    status: usage === null ? 'in_progress' : status,
    error: null,
    incomplete_details: usage !== null && cut ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [],
    output: usage === null ? [] : [item(answer.text())],
    usage: usage === null ? null : { input_tokens: usage.prompt, input_tokens_details: { cached_tokens: usage.cached }, output_tokens: usage.output, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: usage.prompt + usage.output },
  })
  return {
    open: () =>
      event('response.created', { response: response(null) }) +
      event('response.in_progress', { response: response(null) }) +
      event('response.output_item.added', { output_index: 0, item: item(null) }) +
      event('response.content_part.added', { ...place, part: part('') }),
    tokens: (from, to) => {
      const delta = answer.fragment(from, to)
      return delta === '' ? '' : event('response.output_text.delta', { ...place, delta, logprobs: [] })
    },
    close: (usage) =>
      event('response.output_text.done', { ...place, text: answer.text(), logprobs: [] }) +
      event('response.content_part.done', { ...place, part: part(answer.text()) }) +
      event('response.output_item.done', { output_index: 0, item: item(answer.text()) }) +
      event(cut ? 'response.incomplete' : 'response.completed', { response: response(usage) }),
    whole: (usage) => JSON.stringify(response(usage)),
  }
}

function part(text: string): object {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}
