import { describe, expect, it } from 'vitest'
import { ANSWER, problemOfAnswer, problemOfStream, TOKEN } from './answers.ts'

const answer = (over: object): string => JSON.stringify({ choices: [{ message: { content: ANSWER }, finish_reason: 'stop' }], usage: { prompt_tokens: 230, completion_tokens: 14 }, ...over })
const event = (delta: object, finish: string | null = null): string => `data: ${JSON.stringify({ choices: [{ delta, finish_reason: finish }] })}\n\n`
const first = event({ role: 'assistant', content: '' })
const token = event({ content: TOKEN })
const end = event({}, 'stop')
const done = 'data: [DONE]\n\n'

describe('an answer', () => {
  it('passes with other ids, names and fields', () => {
    expect(problemOfAnswer(answer({ id: 'x', model: 'y', extra: 1 }))).toBeNull()
  })

  it.each([
    ['an error', '{"error":{"message":"no"}}', 'not the answer'],
    ['no JSON', 'upstream error', 'not the answer'],
    ['other words', answer({ choices: [{ message: { content: 'Other.' }, finish_reason: 'stop' }] }), 'not the answer'],
    ['a cut', answer({ choices: [{ message: { content: ANSWER }, finish_reason: 'length' }] }), 'not the answer'],
    ['no usage', answer({ usage: undefined }), 'not the usage'],
  ])('does not with %s', (_, text, problem) => {
    expect(problemOfAnswer(text)).toContain(problem)
  })
})

describe('a stream', () => {
  it('passes with each token in its own event, with or without usage', () => {
    expect(problemOfStream(first + token + token + end + done, 3)).toBeNull()
    expect(problemOfStream(first + token + token + end + 'data: {"choices":[],"usage":{}}\n\n' + done, 3)).toBeNull()
  })

  it.each([
    ['a token that is missing', first + token + end + done, '1 tokens'],
    ['two tokens in one event', first + event({ content: TOKEN + TOKEN }) + end + done, '1 tokens'],
    ['an error in the middle', `${first}${token}data: {"error":{}}\n\n${done}`, '1 tokens'],
    ['no reason to end', first + token + token + done, 'a reason to end'],
    ['no mark at its end', first + token + token + end, 'without its end'],
    ['nothing at all', '', 'without its end'],
  ])('does not with %s', (_, text, problem) => {
    expect(problemOfStream(text, 3)).toContain(problem)
  })
})
