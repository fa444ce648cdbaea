import { afterAll, expect, it } from 'vitest'
import type { LeakReport } from '../../measure/insight/finding.ts'
import { CHAT, chatAnswer, sendJson, startUpstream, stopAll, TOKENS_CARD } from '../../route/gateway/testing.ts'
import { journalReader } from '../../store/journal-file/read-journal.ts'
import { journalFolder } from '../config/data-folder.ts'
import { run } from '../cli/testing.ts'
import { startWhole } from './testing-whole.ts'
import { configOf, poolAt } from './testing-world.ts'

afterAll(stopAll)

it('an agent that goes round in circles is stopped, told why, journaled with its evidence, and stands in the leaks', async () => {
  const { url } = await startUpstream((res) => sendJson(res, { ...chatAnswer(), usage: { prompt_tokens: 50_000, completion_tokens: 100, total_tokens: 50_100 } }))
  const whole = await startWhole(configOf(url, { pools: [poolAt(url, { card: TOKENS_CARD })], loops: { action: 'kill', repeats: 6, windowMs: 60_000, spendPerMinute: 1000 } }))
  const messages: object[] = [{ role: 'user', content: 'Find the invoice.' }]
  const statuses: number[] = []
  let refusal = ''
  for (let turn = 0; turn < 8; turn++) {
    const response = await whole.post('/v1/chat/completions', { model: CHAT.model, messages }, { 'x-spillway-session': 'run-1', 'x-spillway-feature': 'clerk' })
    statuses.push(response.status)
    const text = await response.text()
    if (response.status === 403) refusal ||= text
    messages.push({ role: 'assistant', content: null, tool_calls: [{ id: `c${turn}`, type: 'function', function: { name: 'search', arguments: '{"q":"invoice"}' } }] }, { role: 'tool', tool_call_id: `c${turn}`, content: 'nothing found' })
  }
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 403, 403])
  expect(JSON.parse(refusal)).toMatchObject({ error: { code: 'loop_detected', message: expect.stringContaining('The messages end with the same steps 6 times in a row (tool "search", the same arguments, the same result)') } })
  await whole.server.stop()

  const events: unknown[] = []
  for await (const { record } of journalReader(journalFolder(whole.dataDir)).read(0)) if ((record as { kind: string }).kind === 'admission') events.push(record)
  expect(events).toMatchObject([6, 7].map((repeats) => ({ type: 'loop-killed', by: 'steps', tool: 'search', session: 'run-1', feature: 'clerk', keyId: 'key-1', repeats, spent: expect.stringMatching(/^\d+$/u) })))

  const { stdout } = await run(['leaks', '--json', '--tenant', 'acme', '--data', whole.dataDir], { io: { now: () => new Date(Date.now() + 60_000) } })
  const report = JSON.parse(stdout) as LeakReport
  const [finding] = report.findings
  expect(report.findings.map(({ kind }) => kind)).toEqual(['loop'])
  // Six answers that were the same: the second to the fifth were asked about for money; what was refused cost nothing.
  expect(finding).toMatchObject({ subject: { dimension: 'feature', name: 'clerk' }, calls: 6, evidence: expect.arrayContaining(whole.records.filter(({ stepRepeats = 1 }) => stepRepeats >= 2).map(({ id }) => id)) })
  expect(Number(finding!.lostNanoUsd)).toBe(whole.records.filter(({ stepRepeats = 1 }) => stepRepeats >= 2).reduce((sum, { cost }) => sum + Number(cost.nanoUsd), 0))
})
