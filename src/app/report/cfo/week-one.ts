import type { PlanResult } from '../../../decide/plan-result.ts'
import { chosenOf } from '../../../decide/report/comparison.ts'
import { percent, usd } from '../../../decide/report/format.ts'

export interface ChecklistItem {
  readonly day: string
  readonly what: string
  readonly done: boolean
  /** What is known of it already; '' = nothing. */
  readonly found: string
}

/** A proof of concept that saves at least this share, with latencies that hold, is carried on. */
const CARRY_ON_SHARE = 0.3

/** The first week, filled with what the plan knows already: data, break-even, the questions to agree on, a trial, and the rule to decide by. */
export function weekOne(result: PlanResult): ChecklistItem[] {
  const chosen = chosenOf(result)
  const { traffic, savings, breakEven, marginal, tree } = result
  const of = (id: string): string => usd(result.scenarios.find((one) => one.id === id)?.monthlyUsd)
  const first = marginal[0]
  const questions = tree.steps.map(({ question, answer }) => `${question} ${answer}`)
  return [
    { day: 'Monday', what: 'Pull the last 30 days of GPU cost from the cloud bill', done: savings !== null, found: savings === null ? '' : `${usd(savings.currentMonthlyUsd)} a month, ${savings.source}` },
    { day: 'Monday', what: 'Record the traffic: two weeks, with tokens', done: traffic.measured && traffic.days >= 14, found: `${traffic.source}: ${traffic.days.toFixed(1)} days, ${traffic.measured ? 'measured' : 'described, not measured'}` },
    { day: 'Monday', what: 'Know floor, mean and peak', done: true, found: `${traffic.floor.toFixed(1)}, ${traffic.mean.toFixed(1)} and ${traffic.peak.toFixed(1)} replicas` },
    { day: 'Tuesday', what: 'Run the break-even: pure dedicated, pure serverless, hybrid', done: true, found: `${of('all-dedicated')}, ${of('all-serverless')}, ${of('hybrid')} a month; recommended ${chosen?.title ?? result.recommended}: ${usd(chosen?.monthlyUsd)}` },
    { day: 'Wednesday', what: 'Compare the fill of each replica with the break-even', done: first !== undefined, found: first === undefined ? '' : `replica 1 is ${percent(first.meanFill)} full; owning pays from ${percent(breakEven.utilization)} on` },
    { day: 'Thursday', what: 'Agree with the team on the answers that the decision stands on', done: false, found: questions.join(' · ') },
    { day: 'Friday', what: 'Proof of concept: one workload that is not critical, 10 % of its traffic, for a week', done: false, found: 'a canary endpoint in the configuration of the gateway' },
    { day: 'Week 2', what: `Decide: saves ${percent(CARRY_ON_SHARE)} or more with latencies that hold: carry on. Inconclusive: widen to a hybrid. Dearer: look for waste in the calls first (spillway leaks)`, done: false, found: `the plan foresees ${savings === null ? 'no saving that could be held against a bill' : percent(savings.monthlyUsd / savings.currentMonthlyUsd)}` },
  ]
}

/** The same as Markdown. */
export function weekOneMarkdown(result: PlanResult): string {
  const lines = weekOne(result).map(({ day, what, done, found }) => `- [${done ? 'x' : ' '}] **${day}**: ${escape(what)}${found === '' ? '' : `\n      ${escape(found)}`}`)
  return `# The first week\n\n${lines.join('\n')}\n`
}

/** Nothing from outside becomes markup. */
function escape(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]+/gu, ' ').replaceAll(/[\\`*_{}[\]<>#|!~$]/gu, (character) => `\\${character}`)
}
