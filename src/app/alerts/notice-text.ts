import { oneLine } from '../../core/errors.ts'
import type { Notice, NoticeType } from '../../measure/alert/alert-book.ts'

const WORDS: Readonly<Record<NoticeType, string>> = { opened: 'Alert', worse: 'Now critical', reminder: 'Still open', resolved: 'Over' }

/** One line for a subject or a list. Names in it come from clients: it stays one line whatever they hold. */
export function headline({ type, alert: { condition } }: Notice): string {
  return oneLine(`${WORDS[type]}${type === 'opened' && condition.severity === 'critical' ? ' (critical)' : ''}: ${condition.text}`)
}

/** Several lines of plain text. */
export function noticeText(notice: Notice): string {
  const { condition, since } = notice.alert
  const lasts = `Since ${utc(since)}${notice.type === 'resolved' ? `, over at ${utc(notice.at)}` : ''}.`
  return `${headline(notice)}\n${lasts}\n${notice.type === 'resolved' ? '' : `${oneLine(condition.mend)}\n`}${oneLine(condition.id)}`
}

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
