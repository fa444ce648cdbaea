import { prefixHashes } from '../../core/policy/prefix-hash.ts'
import type { PolicyCall } from '../../core/policy/types.ts'
import type { Admitted, ParsedCall } from '../seams.ts'

/** Bytes of a prompt that share a cache block: 16 tokens, as in vLLM, of four bytes. */
const PREFIX_BLOCK_BYTES = 64

/** What the policy gets to know of a call. `hashPrefix`: whether it matters which endpoint has seen the prompt's beginning. */
export function policyCallOf(id: string, call: ParsedCall, admitted: Admitted, deadline: number, excluded: readonly string[], hashPrefix: boolean): PolicyCall {
  return {
    id,
    model: call.model,
    promptTokens: call.promptTokens,
    maxOutputTokens: call.maxOutputTokens,
    prefix: hashPrefix ? prefixOf(call) : [],
    priority: admitted.priority,
    residency: residencyOf(call, admitted),
    session: call.attribution.session,
    keyId: admitted.keyId,
    deadline,
    failed: excluded,
  }
}

/** Admission has taken the stricter of the key's and the call's own; a call's own holds in any case. */
export function residencyOf(call: ParsedCall | null, admitted: Admitted | null): string | null {
  return admitted?.residency ?? call?.residency ?? null
}

function prefixOf({ spans, body, model }: ParsedCall): readonly number[] {
  const prompt = spans?.at.messages ?? spans?.at.prompt ?? spans?.at.input
  return prompt === undefined ? [] : prefixHashes(body.subarray(prompt.start, prompt.end), PREFIX_BLOCK_BYTES, model)
}
