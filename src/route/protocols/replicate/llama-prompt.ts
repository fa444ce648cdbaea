import { refuse } from '../refuse.ts'
import type { Turn } from './input.ts'

/** Meta's names of the instruction-tuned Llama 3 family on Replicate: `meta/meta-llama-3-8b-instruct`, `meta/llama-3.1-405b-instruct`. */
const LLAMA_3 = /^meta\/(?:meta-)?llama-3(?:[.-]\d+)*-\d+b-(?:\w+-)?instruct$/u
/** The template's own marks. In a message they would let its author speak as somebody else. */
const MARKS = /<\|(?:begin_of_text|end_of_text|start_header_id|end_header_id|eot_id|eom_id|python_tag)\|>/u

/** The conversation in the template of Llama 3 (llama.com/docs, "Model Cards & Prompt formats"); null for another model. */
export function llama3Prompt(model: string, turns: readonly Turn[]): string | null {
  if (!LLAMA_3.test(model)) return null
  if (turns.at(-1)?.role !== 'user') refuse('messages', 'the last message is not the user\'s', 'End with a user message')
  const parts = turns.map(({ role, text }, index) => {
    if (MARKS.test(text)) refuse(`messages[${index}].content`, 'the text holds marks of the model\'s own template', 'Remove them')
    return `<|start_header_id|>${role}<|end_header_id|>\n\n${text}<|eot_id|>`
  })
  return `<|begin_of_text|>${parts.join('')}<|start_header_id|>assistant<|end_header_id|>\n\n`
}
