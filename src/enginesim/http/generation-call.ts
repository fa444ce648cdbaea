import type { Answer } from '../answer.ts'
import { jsonAnswer, wordAnswer } from '../answer.ts'
import { exampleOf } from '../example-json.ts'
import { digest, mix } from '../tokens.ts'
import { badRequest } from './api-error.ts'
import { chatMessages, chatPrompt, contentText, isObject, plainPrompt } from './prompt.ts'
import type { ChatMessage } from './prompt.ts'
import type { Json } from './read-body.ts'

/** A call that generates, understood. */
export interface GenerationCall {
  readonly model: string
  readonly prompt: Uint32Array
  readonly answer: Answer
  readonly stream: boolean
  readonly includeUsage: boolean
}

/** What answers depend on besides the call. */
export interface AnswerRules {
  readonly seed: number
  readonly maxModelLen: number
  /** Mean length of an answer that nothing limits. */
  readonly meanOutputTokens: number
}

/** `POST /v1/chat/completions`. Throws ApiError. */
export function chatCall(body: Json, model: string, rules: AnswerRules): GenerationCall {
  const messages = chatMessages(body['messages'])
  const tools = Array.isArray(body['tools']) ? body['tools'] : []
  const prompt = chatPrompt(messages, tools)
  const most = mostTokens(body['max_completion_tokens'] ?? body['max_tokens'], prompt.length, rules)
  return { ...shared(body, model), prompt, answer: toolAnswer(body, messages, tools, most) ?? schemaAnswer(body['response_format'], most) ?? plainAnswer(body, prompt, most, rules) }
}

/** `POST /v1/completions`. Throws ApiError. */
export function completionCall(body: Json, model: string, rules: AnswerRules): GenerationCall {
  const given = body['prompt']
  const one = Array.isArray(given) && typeof given[0] !== 'number' ? given : [given]
  if (one.length !== 1) throw badRequest('This simulator takes one prompt a request.')
  const prompt = plainPrompt(one[0])
  // The OpenAI API, and vLLM with it, ends a completion after 16 tokens unless told otherwise.
  const most = mostTokens(body['max_tokens'] ?? 16, prompt.length, rules)
  return { ...shared(body, model), prompt, answer: plainAnswer(body, prompt, most, rules) }
}

/** `POST /v1/responses`: text in, text out. Throws ApiError. */
export function responsesCall(body: Json, model: string, rules: AnswerRules): GenerationCall {
  const { input, instructions } = body
  const items: unknown[] = typeof input === 'string' ? [{ role: 'user', content: input }] : Array.isArray(input) ? input : []
  if (items.length === 0) throw badRequest('input must be a text or a list of at least one item.')
  const messages = items.map((item): ChatMessage => {
    if (!isObject(item)) throw badRequest('Each item of the input must be an object.')
    return typeof item['role'] === 'string' ? { role: item['role'], text: contentText(item['content']) } : { role: 'item', text: JSON.stringify(item) }
  })
  const prompt = chatPrompt(typeof instructions === 'string' ? [{ role: 'system', text: instructions }, ...messages] : messages, [])
  const most = mostTokens(body['max_output_tokens'], prompt.length, rules)
  return { ...shared(body, model), prompt, answer: plainAnswer(body, prompt, most, rules) }
}

function shared(body: Json, model: string): Pick<GenerationCall, 'model' | 'stream' | 'includeUsage'> {
  if (body['n'] !== undefined && body['n'] !== null && body['n'] !== 1) throw badRequest('This simulator gives one answer: n must be 1.')
  const options = body['stream_options']
  return { model, stream: body['stream'] === true, includeUsage: isObject(options) && options['include_usage'] === true }
}

function mostTokens(asked: unknown, promptTokens: number, { maxModelLen }: AnswerRules): number {
  if (asked !== undefined && asked !== null && !(Number.isSafeInteger(asked) && (asked as number) >= 1)) throw badRequest('max_tokens must be at least 1.')
  const room = maxModelLen - promptTokens
  if (room < 1) throw badRequest(`This model's maximum context length is ${maxModelLen} tokens. However, your request has ${promptTokens} input tokens. Please reduce the length of the input messages.`)
  const most = (asked as number | null | undefined) ?? room
  if (most > room) {
    const why = `This model's maximum context length is ${maxModelLen} tokens and your request has ${promptTokens} input tokens (${most} > ${maxModelLen} - ${promptTokens}).`
    throw badRequest(`'max_tokens' or 'max_completion_tokens' is too large: ${most}. ${why}`)
  }
  return most
}

/** The same prompt, seed and settings always get the same words. Lengths are exponential about their mean. */
function plainAnswer(body: Json, prompt: Uint32Array, most: number, { seed, meanOutputTokens }: AnswerRules): Answer {
  const own = typeof body['seed'] === 'number' ? body['seed'] | 0 : 0
  const words = mix(digest(prompt) ^ mix(seed) ^ mix(own + 1))
  const drawn = 1 + Math.floor(-Math.log(1 - mix(words) / 2 ** 32) * (meanOutputTokens - 1))
  const least = Number.isSafeInteger(body['min_tokens']) ? (body['min_tokens'] as number) : 0
  const natural = body['ignore_eos'] === true ? Number.POSITIVE_INFINITY : Math.max(drawn, least)
  return wordAnswer(words, { natural, most }, stops(body['stop']))
}

function stops(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((stop) => typeof stop === 'string' && stop !== '') as string[]
}

/**
 * Calls a function where the choice demands it, or where the last message is the user's and names one of the functions.
 * The arguments are an example of its schema.
 */
function toolAnswer(body: Json, messages: readonly ChatMessage[], tools: readonly unknown[], most: number): Answer | null {
  const choice = body['tool_choice']
  if (tools.length === 0 || choice === 'none') return null
  const functions = tools.filter(isObject).map((tool) => tool['function']).filter(isObject)
  const named = isObject(choice) && isObject(choice['function']) ? choice['function']['name'] : null
  const last = messages.at(-1)!
  const asked = last.role === 'user' ? last.text.toLowerCase() : ''
  const called = functions.find(({ name }) => (named === null ? typeof name === 'string' && asked.includes(name.toLowerCase()) : name === named)) ?? (choice === 'required' ? functions[0] : undefined)
  if (called === undefined || typeof called['name'] !== 'string') return null
  return jsonAnswer(exampleOf(called['parameters'] ?? { type: 'object' }), most, called['name'])
}

function schemaAnswer(format: unknown, most: number): Answer | null {
  if (!isObject(format)) return null
  if (format['type'] === 'json_object') return jsonAnswer({ answer: 'bac' }, most, null)
  if (format['type'] !== 'json_schema' || !isObject(format['json_schema'])) return null
  return jsonAnswer(exampleOf(format['json_schema']['schema']), most, null)
}
