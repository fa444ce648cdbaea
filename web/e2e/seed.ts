/** Does harm where it is taken for markup, code, a formula or a format; no longer than a tag may be. */
export const HOSTILE = `=1+1<img src=x onerror=alert(1)>"'\`{{7*7}}</script>`

/** The trace of an agent that calls one tool with the same arguments again and again. */
export const LOOP_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
export const HOURS = 48

const HOUR_MS = 3_600_000
const DEADLINE_MS = 30_000

/** Reports two days of calls, makes a few through the gateway, scores some, and waits until all of it can be asked about. */
export async function seedCalls(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const now = Date.now()
  const calls = Array.from({ length: HOURS * 5 }, (_, index) => {
    const hour = Math.floor(index / 5)
    return {
      id: `seed-${index}`,
      startedAt: now - (HOURS - hour) * HOUR_MS + (index % 5) * 60_000,
      durationMs: 900 + index,
      ttftMs: 120 + (index % 50),
      provider: 'openai',
      model: index % 4 === 0 ? 'gpt-4.1' : 'gpt-4.1-mini',
      usage: { inputUncached: 400 + index, cacheRead: index % 3 === 0 ? 1000 : 0, output: 80 + (index % 40) },
      user: index === 7 ? HOSTILE : `user-${index % 12}`,
      feature: index === 8 ? HOSTILE : ['chat', 'search', 'support'][index % 3]!,
      session: index === 9 ? HOSTILE : `session-${index % 30}`,
      prompt: index === 10 ? HOSTILE : 'answer',
      promptVersion: index % 2 === 0 ? 'v1' : 'v2',
      tags: index === 11 ? { team: HOSTILE } : { team: index % 2 === 0 ? 'core' : 'growth' },
      outcome: index % 40 === 39 ? 'error' : 'ok',
      ...(index % 40 === 39 ? { status: 500, error: HOSTILE } : {}),
    }
  })
  const steps = Array.from({ length: 6 }, (_, index) => [
    { id: `loop-llm-${index}`, startedAt: now - HOUR_MS + index * 4000, durationMs: 1500, kind: 'inference', name: 'plan', provider: 'openai', model: 'gpt-4.1', usage: { inputUncached: 2000 + index * 300, output: 60 }, traceId: LOOP_TRACE, parentId: 'loop-root', user: 'user-1', feature: 'support', session: 'session-loop' },
    { id: `loop-tool-${index}`, startedAt: now - HOUR_MS + index * 4000 + 1500, durationMs: 300, kind: 'tool', name: 'lookup_order', traceId: LOOP_TRACE, parentId: 'loop-root', user: 'user-1', feature: 'support', session: 'session-loop' },
  ]).flat()
  const root = { id: 'loop-root', startedAt: now - HOUR_MS - 500, durationMs: 25_000, kind: 'agent', name: 'support-agent', traceId: LOOP_TRACE, user: 'user-1', feature: 'support', session: 'session-loop' }
  await post(`${url}/api/calls`, { calls: [...calls, root, ...steps] }, headers)
  for (let index = 0; index < 8; index++) {
    await post(`${url}/v1/chat/completions`, { model: 'm', stream: index % 2 === 0, messages: [{ role: 'user', content: `Say hello, ${index}.` }] }, { ...headers, 'x-spillway-user': `user-${index % 3}`, 'x-spillway-feature': 'chat' })
  }
  await post(`${url}/api/public/scores`, { name: 'resolved', value: 1, traceId: LOOP_TRACE }, headers)
  await untilLoaded(url, headers)
}

async function post(target: string, body: object, headers: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${target} answered ${response.status}: ${text}`)
}

/** All that was recorded until now is in the store. */
export async function untilLoaded(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const from = Date.now()
  while (Date.now() - from < DEADLINE_MS) {
    const response = await fetch(`${url}/api/v1/costs?from=1h`, { headers })
    const { asOf } = (await response.json()) as { readonly asOf?: string | null }
    if (response.ok && asOf !== null && asOf !== undefined && Date.parse(asOf) >= from) return
  }
  throw new Error(`nothing was loaded in ${DEADLINE_MS} ms`)
}

/** Where a seeded call is shown, found by what was said of it. */
export async function callPath(url: string, headers: Readonly<Record<string, string>>, where: Readonly<Record<string, string>>): Promise<string> {
  const { calls } = (await (await fetch(`${url}/api/v1/calls?${new URLSearchParams({ from: '7d', ...where })}`, { headers })).json()) as { readonly calls: readonly { readonly id: string }[] }
  if (calls[0] === undefined) throw new Error(`no call has ${JSON.stringify(where)}`)
  return `/calls/${encodeURIComponent(calls[0].id)}`
}
