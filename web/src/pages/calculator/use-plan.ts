import { useEffect, useRef, useState } from 'react'
import type { PlanResult } from '../../../../src/decide/plan-result.ts'
import type { CalcInput } from './calc-input.ts'
import type { BreakEvenRow } from './calc-plan.ts'

export interface PlannerReply {
  readonly id: number
  /** What there is to choose from; null until the catalog was read. */
  readonly choices: { readonly gpus: readonly { readonly id: string; readonly name: string }[]; readonly models: readonly { readonly id: string; readonly name: string }[] } | null
  readonly map: readonly BreakEvenRow[]
  readonly result: PlanResult | null
  readonly error: { readonly code: string; readonly message: string; readonly mend: string } | null
}

/** The plan of what is asked now. One is planned at a time; of what is asked meanwhile only the last counts. */
export function usePlan(input: CalcInput, today: string): { readonly reply: PlannerReply | null; readonly last: PlanResult | null; readonly busy: boolean } {
  const [reply, setReply] = useState<PlannerReply | null>(null)
  const [last, setLast] = useState<PlanResult | null>(null)
  const [busy, setBusy] = useState(true)
  const line = useRef<{ worker: Worker; running: boolean; next: CalcInput | null; sent: number } | null>(null)

  useEffect(() => {
    const worker = new Worker(new URL('./planner.worker.ts', import.meta.url), { type: 'module' })
    const own = { worker, running: false, next: null as CalcInput | null, sent: 0 }
    line.current = own
    worker.addEventListener('message', ({ data }: MessageEvent<PlannerReply>) => {
      own.running = false
      setReply(data)
      if (data.result !== null) setLast(data.result)
      if (own.next === null) setBusy(false)
      else send(own, own.next, today)
    })
    return () => {
      worker.terminate()
      line.current = null
    }
  }, [today])

  useEffect(() => {
    const own = line.current
    if (own === null) return
    setBusy(true)
    if (own.running) own.next = input
    else send(own, input, today)
  }, [input, today])

  return { reply, last, busy }
}

function send(line: { readonly worker: Worker; running: boolean; next: CalcInput | null; sent: number }, input: CalcInput, today: string): void {
  line.running = true
  line.next = null
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to a thread of this page
  line.worker.postMessage({ id: ++line.sent, input, today })
}
