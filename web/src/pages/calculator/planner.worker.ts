import { fromExactJson } from '../../../../src/core/exact-json.ts'
import type { CalcInput } from './calc-input.ts'
import { breakEvenMap, calculate, type PlannerData } from './calc-plan.ts'
import type { PlannerReply } from './use-plan.ts'

/** The planner in a thread of the browser: the page stays quick while it plans. */
let data: Promise<PlannerData> | null = null

async function load(): Promise<PlannerData> {
  const response = await fetch('/planner-data.json')
  if (!response.ok) throw new Error(`the catalog could not be read (${response.status})`)
  return fromExactJson(await response.text()) as PlannerData
}

async function answer({ id, input, today }: { readonly id: number; readonly input: CalcInput; readonly today: string }): Promise<PlannerReply> {
  try {
    const known = await (data ??= load())
    const { gpus, models } = known.catalog
    const choices = { gpus: gpus.map(({ id: gpu, name }) => ({ id: gpu, name })), models: models.filter(({ task }) => task === 'generation').map(({ id: model, name }) => ({ id: model, name })) }
    const map = breakEvenMap(known.catalog)
    try {
      return { id, choices, map, result: calculate(input, known, today), error: null }
    } catch (error) {
      const { code, mend, message } = error as { readonly code?: string; readonly mend?: string; readonly message: string }
      return { id, choices, map, result: null, error: { code: code ?? 'INTERNAL', message, mend: mend ?? '' } }
    }
  } catch (error) {
    data = null
    return { id, choices: null, map: [], result: null, error: { code: 'unreachable', message: (error as Error).message, mend: 'Is the server running? Try again' } }
  }
}

self.addEventListener('message', (event: MessageEvent<{ readonly id: number; readonly input: CalcInput; readonly today: string }>) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to the page that made this thread
  void answer(event.data).then((reply) => self.postMessage(reply))
})
