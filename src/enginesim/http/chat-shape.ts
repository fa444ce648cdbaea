import { DONE, usageJson } from './shape.ts'
import type { ShapeOf } from './shape.ts'

/** `chat.completion` and its chunks, with the fields that vLLM sends. */
export const chatShape: ShapeOf = ({ id, created, call }) => {
  const { answer } = call
  const model = JSON.stringify(call.model)
  const start = `data: {"id":"${id}","object":"chat.completion.chunk","created":${created},"model":${model},`
  const callId = `call_${id.slice(-24)}`
  const event = (delta: string, finish: string): string => `${start}"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]}\n\n`
  const finish = `"${answer.finish}","stop_reason":${JSON.stringify(answer.stopReason)}`
  const calls = (index: string, args: string): string => `"tool_calls":[{${index}"id":"${callId}","type":"function","function":{"name":${JSON.stringify(answer.tool)},"arguments":${args}}}]`
  const [before, after] = answer.tool === null ? ['{"content":', '}'] : ['{"tool_calls":[{"index":0,"function":{"arguments":', '}}]}']
  return {
    open: () => {
      const role = event('{"role":"assistant","content":""}', 'null')
      return answer.tool === null ? role : role + event(`{${calls('"index":0,', '""')}}`, 'null')
    },
    tokens: (from, to) => {
      const fragment = answer.fragment(from, to)
      return fragment === '' ? '' : event(before + JSON.stringify(fragment) + after, 'null')
    },
    close: (usage) => `${event('{}', finish)}${call.includeUsage ? `${start}"choices":[],"usage":${usageJson(usage)}}\n\n` : ''}${DONE}`,
    whole: (usage) => {
      const text = JSON.stringify(answer.text())
      const said = answer.tool === null ? `"content":${text},"refusal":null,"tool_calls":[]` : `"content":null,"refusal":null,${calls('', text)}`
      const choice = `{"index":0,"message":{"role":"assistant",${said}},"logprobs":null,"finish_reason":${finish}}`
      return `{"id":"${id}","object":"chat.completion","created":${created},"model":${model},"choices":[${choice}],"usage":${usageJson(usage)}}`
    },
  }
}
