/** What the upstream says, and whether that is what came out of a gateway. A gateway may rewrite the rest: ids, names, order. */

export const ANSWER = 'A short answer of two sentences. It is always the same.'
export const TOKEN = ' token'
export const PROMPT_TOKENS = 230
export const ANSWER_TOKENS = 14

/** Events of a stream of `tokens`: the role, the rest of the tokens, the end, the usage, the mark. */
export function eventsOf(tokens: number): number {
  return tokens + 3
}

interface Body {
  readonly choices?: readonly { readonly message?: { readonly content?: unknown }; readonly delta?: { readonly content?: unknown }; readonly finish_reason?: unknown }[]
  readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown }
}

/** null = a right answer, else what is wrong with it. */
export function problemOfAnswer(text: string): string | null {
  const body = parse(text)
  const choice = body?.choices?.[0]
  if (choice?.message?.content !== ANSWER || choice.finish_reason !== 'stop') return `not the answer of the upstream: ${text.slice(0, 500)}`
  if (body?.usage?.prompt_tokens !== PROMPT_TOKENS || body.usage.completion_tokens !== ANSWER_TOKENS) return `not the usage of the upstream: ${text.slice(-500)}`
  return null
}

/** The same for a stream: each token in an event of its own, an end, and the mark after it. The usage may be left out: nobody asked. */
export function problemOfStream(text: string, tokens: number): string | null {
  const events = text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice('data: '.length).trim())
  if (events.at(-1) !== '[DONE]') return `a stream without its end: ${text.slice(-500)}`
  const choices = events.slice(0, -1).map((event) => parse(event)?.choices?.[0])
  const said = choices.map((choice) => choice?.delta?.content).filter((content) => typeof content === 'string' && content !== '')
  if (said.length !== tokens - 1 || said.some((content) => content !== TOKEN)) return `${said.length} tokens where the upstream said ${tokens - 1}: ${text.slice(0, 500)}`
  if (!choices.some((choice) => choice?.finish_reason === 'stop')) return `a stream without a reason to end: ${text.slice(-500)}`
  return null
}

function parse(text: string): Body | null {
  try {
    return JSON.parse(text) as Body
  } catch {
    return null
  }
}
