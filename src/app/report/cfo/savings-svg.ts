import { usd } from '../../../decide/report/format.ts'
import { MONTHS, type YearOfSavings } from './savings.ts'

const WIDTH = 780
const HEIGHT = 220
const LEFT = 60
const RIGHT = 130
const TOP = 12
const BOTTOM = 190

/** What has been paid by each month of a year, today's way and the plan's with its interval, as a standalone SVG. All text in it is our own. */
export function savingsSvg({ baselineMonthlyUsd, planMonthlyUsd, planLowUsd, planHighUsd }: YearOfSavings, fontFamily: string): string {
  const most = MONTHS * Math.max(baselineMonthlyUsd, planHighUsd ?? planMonthlyUsd)
  const x = (month: number): string => (LEFT + (month / MONTHS) * (WIDTH - LEFT - RIGHT)).toFixed(1)
  const y = (total: number): string => (BOTTOM - (most === 0 ? 0 : total / most) * (BOTTOM - TOP)).toFixed(1)
  const end = (monthly: number): string => y(monthly * MONTHS)
  const label = (monthly: number, text: string): string => `<text x="${WIDTH - RIGHT + 6}" y="${Number(end(monthly)) + 4}" fill="#222222">${text} ${usd(monthly * MONTHS)}</text>`
  const ticks = [0, 3, 6, 9, 12].map((month) => `<text x="${x(month)}" y="${BOTTOM + 16}" text-anchor="middle" fill="#666666">month ${month}</text>`)
  const levels = [0.25, 0.5, 0.75, 1].map((share) => `<path d="M${LEFT} ${y(most * share)}H${WIDTH - RIGHT}" stroke="#DDDDDD"/><text x="${LEFT - 6}" y="${Number(y(most * share)) + 4}" text-anchor="end" fill="#666666">${usd(most * share)}</text>`)
  // Where both end close together their words would lie on one another.
  const apart = Math.abs(Number(end(baselineMonthlyUsd)) - Number(end(planMonthlyUsd))) > 14
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="${fontFamily}" font-size="11">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#FFFFFF"/>`,
    ...levels,
    ...ticks,
    planLowUsd === null || planHighUsd === null ? '' : `<path d="M${x(0)} ${y(0)}L${x(MONTHS)} ${end(planHighUsd)}V${end(planLowUsd)}Z" fill="#0072B2" fill-opacity="0.18"/>`,
    `<path d="M${x(0)} ${y(0)}L${x(MONTHS)} ${end(baselineMonthlyUsd)}" stroke="#D55E00" stroke-width="2" fill="none"/>`,
    `<path d="M${x(0)} ${y(0)}L${x(MONTHS)} ${end(planMonthlyUsd)}" stroke="#0072B2" stroke-width="2" fill="none"/>`,
    `<path d="M${LEFT} ${BOTTOM}H${WIDTH - RIGHT}" stroke="#666666"/>`,
    label(baselineMonthlyUsd, 'today'),
    apart ? label(planMonthlyUsd, 'plan') : '',
    '</svg>',
    '',
  ].join('\n')
}
