import { Command } from 'commander'
import { oneLine } from '../../core/errors.ts'
import type { TraceAnswer, TraceStep } from '../../measure/query/trace-route.ts'
import { askOptions, type AskOptions, withTelemetry } from './ask-telemetry.ts'
import { amount, dollars, loaded, milliseconds } from './figures.ts'
import type { Io } from './io.ts'
import { renderTable } from './table.ts'

interface Options extends AskOptions {
  readonly json?: boolean
}

type Trace = TraceAnswer & { readonly asOf: string | null; readonly behindBytes: number }

/** Deeper steps are indented no further. */
const DEEPEST = 20

/** `spillway trace`: what an agent did, step by step, and what it cost. */
export function traceCommand(io: Io): Command {
  return askOptions(new Command('trace').description('the steps of a trace as a tree, with durations and costs'))
    .argument('<id>', 'the trace id')
    .option('--json', 'print the answer of the API')
    .addHelpText('after', '\nExamples:\n  $ spillway trace 4bf92f3577b34da6a3ce929d0e0e4736\n  $ spillway trace 4bf92f3577b34da6a3ce929d0e0e4736 --key sw_... --json\n')
    .action((id: string, options: Options) => withTelemetry(options, io, async (ask) => {
      const trace = await ask.json<Trace>(`traces/${encodeURIComponent(id)}`)
      io.stdout(options.json === true ? `${JSON.stringify(trace, null, 2)}\n` : traceTable(trace, Math.min(io.columns, 100)))
    }))
}

export function traceTable(trace: Trace, width: number): string {
  const columns = [{ header: 'step' }, { header: 'model, tool' }, { header: 'outcome' }, { header: 'at', align: 'right' as const }, { header: 'took', align: 'right' as const }, { header: 'in/out', align: 'right' as const }, { header: 'USD', align: 'right' as const }]
  const scores = trace.scores.map(({ name, value, label }) => oneLine(`Score ${name}: ${label ?? value ?? 'unknown'}`))
  return [
    oneLine(`Trace ${trace.id}   ${trace.startedAt === null ? '' : `${trace.startedAt.slice(0, 19).replace('T', ' ')} UTC   `}${milliseconds(trace.durationMs)}   ${trace.calls} calls   ${dollars(trace.costUsd, trace.incompleteCost > 0)} USD`),
    '',
    renderTable(columns, trace.roots.flatMap((root) => lines(root, 0)), width),
    '',
    ...scores,
    ...(trace.cut ? ['It has more steps than are shown.'] : []),
    loaded(trace),
    '',
  ].join('\n')
}

function lines(step: TraceStep, depth: number): string[][] {
  const { name, model, tool, outcome, offsetMs, durationMs, inputTokens, outputTokens, costUsd, costStatus, calls, incompleteCost, billable, children } = step
  const cost = calls === 0 ? '-' : billable && calls === 1 && costStatus === 'unknown' ? 'unknown' : dollars(costUsd, incompleteCost > 0)
  const own = [`${'  '.repeat(Math.min(depth, DEEPEST))}${name}`, tool ?? model ?? '', outcome === 'ok' ? '' : outcome, `+${milliseconds(offsetMs)}`, milliseconds(durationMs), inputTokens + outputTokens === 0 ? '-' : `${amount(inputTokens)}/${amount(outputTokens)}`, cost]
  return [own, ...children.flatMap((child) => lines(child, depth + 1))]
}
