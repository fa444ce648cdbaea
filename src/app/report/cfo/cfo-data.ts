import { oneLine } from '../../../core/errors.ts'
import type { PlanResult } from '../../../decide/plan-result.ts'
import { percent, usd } from '../../../decide/report/format.ts'
import type { Actuals } from '../../../prove/actuals/actuals.ts'
import { pageData, type PageRoom } from '../pdf-data.ts'
import { risksOf } from './risks.ts'
import { yearOfSavings, MONTHS } from './savings.ts'
import { weekOne } from './week-one.ts'

/** What a report has besides the plan; null = there is none, and it says so. */
export interface ReportExtras {
  readonly generatedAt: Date
  readonly actuals: { readonly title: string; readonly held: Actuals } | null
  /** The newest checkpoint of the audit log, and when it was read: the checkpoint itself has no time. */
  readonly audit: { readonly origin: string; readonly size: string; readonly root: string; readonly key: string; readonly readAt: string } | null
  /** Yearly fall of GPU prices that commitments are judged by, 0 to 1. */
  readonly priceDecline: number
}

/** Nothing is left out for want of room but what no one reads: there are four pages. */
const ROOM: PageRoom = { picture: 1, rows: 12, traps: 10, assumptions: 80, part: 140, sentence: 400 }
const LONGEST = 400

/** What the template reads: plain text and numbers alone. */
export function cfoData(result: PlanResult, { generatedAt, actuals, audit, priceDecline }: ReportExtras): Readonly<Record<string, unknown>> {
  const year = yearOfSavings(result)
  return {
    ...pageData(result, generatedAt, ROOM),
    current: currentLine(result),
    'savings-line': year === null ? 'No saving can be told: there is neither a bill nor a rival with a price.' : clean(`Over ${MONTHS} months the plan costs ${usd(year.yearlyUsd >= 0 ? year.yearlyUsd : -year.yearlyUsd)} ${year.yearlyUsd >= 0 ? 'less' : 'more'} than ${year.against}${year.yearlyLowUsd === null ? '' : `; 80 % interval ${usd(year.yearlyLowUsd)} to ${usd(year.yearlyHighUsd)}`}. Prices and traffic are taken as flat; what growth does is in the interval, what falling prices do is among the risks.`),
    'has-savings': year !== null,
    risks: risksOf(result, priceDecline).map(({ risk, size, answer }) => [risk, size, answer].map(clean)),
    method: METHOD,
    actual: actuals === null ? ['Nothing is held against the meter yet: save the plan (spillway plan --save) and route calls through the gateway.'] : actualLines(actuals.title, actuals.held),
    checklist: weekOne(result).map(({ day, what, done, found }) => ({ day, what: clean(what), done, found: clean(found) })),
    verification: audit === null ? 'This installation keeps no audit log that the report could name.' : clean(`Audit log ${audit.origin}: ${audit.size} entries, root ${audit.root}, newest checkpoint as read on ${audit.readAt} UTC. Key ${audit.key}. spillway audit verify checks it.`),
  }
}

const METHOD: readonly string[] = [
  'The traffic is cut into equal bins. What a request costs of a GPU follows from its tokens by a latency model that was fitted to published measurements; or you gave what one replica serves.',
  'Every scenario is billed by the same meters: rental terms, idle windows, cold starts, rounding, egress and operations included, for a month of 730 hours.',
  'The l-th replica is worth owning exactly when it is busy for at least the break-even share of the time; the planner tries all counts. A lower bound says how much cheaper any plan over the same offers could be.',
  'How sure: fitted on some days and judged on others, with uncertain growth. Below 80 %, or with less than two weeks of data, the verdict is "inconclusive".',
]

function currentLine({ savings }: PlanResult): string {
  return savings === null ? 'What is paid today was not given (spillway import reads cloud bills).' : clean(`Today: ${usd(savings.currentMonthlyUsd)} a month. Source: ${savings.source}.`)
}

function actualLines(title: string, held: Actuals): string[] {
  const { hours, plannedUsd, meteredUsd, difference, traffic, plannedAtTrafficUsd, within } = held
  return [
    `Against "${title}", over ${hours.toFixed(1)} hours: planned ${usd(plannedUsd)}, metered ${usd(meteredUsd)}${difference === null ? '' : ` (${difference >= 0 ? '+' : '-'}${percent(Math.abs(difference))})`}.`,
    traffic === null ? 'The plan knew no traffic to compare with.' : `Traffic was ${traffic.toFixed(2)} times the planned; the plan at that traffic: ${usd(plannedAtTrafficUsd)}.`,
    within === null ? 'The plan has no interval: its traffic was described, not measured.' : within ? 'That lies within the 80 % interval of the plan.' : 'That lies outside the 80 % interval of the plan.',
  ].map(clean)
}

/** One line, not endless, and breakable: hostile input must not leave the page. */
function clean(text: string): string {
  const characters = [...oneLine(text)]
  const line = characters.length <= LONGEST ? characters.join('') : `${characters.slice(0, LONGEST - 1).join('')}…`
  return line.replace(/\S{24}(?=\S)/gu, '$&\u200B').replace(/(?<=\d) %/gu, '\u00A0%')
}
