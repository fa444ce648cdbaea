import { createHmac } from 'node:crypto'
import type { Notice } from '../../measure/alert/alert-book.ts'
import type { AlertChannel } from '../../route/config-types.ts'
import type { HttpSend } from '../../route/pools/http-send.ts'
import type { Channel } from './channel.ts'
import { headline, noticeText } from './notice-text.ts'

const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Notices as JSON by POST; any 2xx answer takes them. With a secret, `x-spillway-signature: t=<unix seconds>,v1=<hex>` holds the
 * HMAC-SHA256 of `<unix seconds>.<body>`: the receiver can tell that it is ours and not an old one.
 */
export function webhookChannel({ type, url, secret }: Extract<AlertChannel, { readonly url: string }>, send: HttpSend): Channel {
  return {
    name: `${type} at ${new URL(url).host}`,
    send: async (notice, signal) => {
      const body = JSON.stringify(type === 'slack' ? slackBody(notice) : webhookBody(notice))
      const headers = { 'content-type': 'application/json', 'user-agent': 'spillway', ...(secret === null ? {} : { 'x-spillway-signature': signature(body, secret, notice.at) }) }
      const { status } = await send({ url, method: 'POST', headers, body, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES }, signal)
      if (status < 200 || status > 299) throw new Error(`status ${status}`)
    },
    close: () => {},
  }
}

/** Version 1: fields are added, never renamed. */
function webhookBody(notice: Notice): object {
  const { condition, since } = notice.alert
  const { id, kind, tenant, severity, text, mend, nanoUsd } = condition
  return { version: 1, event: notice.type, at: iso(notice.at), alert: { id, kind, tenant, severity, text, mend, usd: nanoUsd === null ? null : Number(nanoUsd) / 1e9, since: iso(since) }, summary: headline(notice) }
}

/** Slack's own form (api.slack.com/messaging/webhooks); Mattermost and others take it too. */
function slackBody(notice: Notice): object {
  return { text: escaped(headline(notice)), blocks: [{ type: 'section', text: { type: 'mrkdwn', text: escaped(noticeText(notice)).slice(0, 3000) } }] }
}

/** Names come from clients: without this, `<!channel>` in one would call everybody (api.slack.com/reference/surfaces/formatting). */
function escaped(text: string): string {
  return text.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;')
}

function signature(body: string, secret: string, at: number): string {
  const seconds = Math.floor(at / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
