import type { Transporter } from 'nodemailer'
import type { AlertChannel } from '../../route/config-types.ts'
import type { Channel } from './channel.ts'
import { headline, noticeText } from './notice-text.ts'

const TIMEOUT_MS = 15_000

/** Notices as plain text by SMTP. */
export function emailChannel({ host, port, security, user, password, from, to }: Extract<AlertChannel, { readonly type: 'email' }>): Channel {
  let transport: Transporter | null = null
  /** Loaded with the first message: a server without alerts by mail does without it. */
  async function open(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer')
    return createTransport({
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      // Nothing of a notice may name a file or a URL to be read.
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }
  return {
    name: `e-mail by ${host}:${port}`,
    send: async (notice) => {
      transport ??= await open()
      try {
        await transport.sendMail({ from, to: [...to], subject: headline(notice).slice(0, 200), text: `${noticeText(notice)}\n`, headers: { 'Auto-Submitted': 'auto-generated' } })
      } catch (error) {
        // The server's words may quote the login.
        const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown }
        throw new Error(`SMTP failed (${typeof responseCode === 'number' ? responseCode : typeof code === 'string' ? code : 'unknown'})`, { cause: error })
      }
    },
    close: () => transport?.close(),
  }
}
