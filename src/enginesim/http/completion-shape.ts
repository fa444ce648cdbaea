import { DONE, usageJson } from './shape.ts'
import type { ShapeOf } from './shape.ts'

/** `text_completion`, whole and in chunks. */
export const completionShape: ShapeOf = ({ id, created, call }) => {
  const { answer } = call
  const start = `{"id":"${id}","object":"text_completion","created":${created},"model":${JSON.stringify(call.model)},`
  const choice = (text: string, finish: string | null): string => {
    const stopReason = JSON.stringify(finish === null ? null : answer.stopReason)
    return `"choices":[{"index":0,"text":${JSON.stringify(text)},"logprobs":null,"finish_reason":${JSON.stringify(finish)},"stop_reason":${stopReason}}]`
  }
  return {
    open: () => '',
    tokens: (from, to) => {
      const fragment = answer.fragment(from, to)
      return fragment === '' ? '' : `data: ${start}${choice(fragment, null)}}\n\n`
    },
    close: (usage) => `data: ${start}${choice('', answer.finish)}}\n\n${call.includeUsage ? `data: ${start}"choices":[],"usage":${usageJson(usage)}}\n\n` : ''}${DONE}`,
    whole: (usage) => `${start}${choice(answer.text(), answer.finish)},"usage":${usageJson(usage)}}`,
  }
}
