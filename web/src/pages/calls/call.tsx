import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { may, useSession } from '../../api/session.ts'
import { useCall, type Call } from '../../api/questions.ts'
import { usePathId } from '../../app/path-id.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Figure, Figures, PageHead, Section } from '../../ui/page.tsx'
import { Answer } from '../../ui/states.tsx'
import { reasonWords } from '../routing/reasons.ts'
import { costText, inputTokens, outputTokens } from './columns.tsx'

/** All that was recorded of one call. */
export function Page(): ReactNode {
  const id = usePathId()
  const query = useCall(id)
  return (
    <>
      <PageHead title="Call" answer={<code>{id}</code>} tools={<Link to="/calls">All calls</Link>} />
      <Answer query={query} what="the call" lines={10}>
        {({ call }) => <CallView call={call} />}
      </Answer>
    </>
  )
}

const like = (dimension: string, value: string | null): ReactNode => (value === null ? null : <Link to={`/calls?${new URLSearchParams({ where: `${dimension}=${value}` })}`}>{value}</Link>)
const said = (value: string | number | null): ReactNode => (value === null || value === '' ? null : value)

function CallView({ call }: { readonly call: Call }): ReactNode {
  const formats = useFormats()
  const { session } = useSession()
  const { usage, cost, traceId } = call
  return (
    <>
      <Figures>
        <Figure label="Cost" value={costText(cost, formats)} note={cost.status === 'complete' ? `price ${cost.priceVersion}` : `${cost.status}${cost.missing.length > 0 ? `: no price for ${cost.missing.join(', ')}` : ''}`} />
        <Figure label="Tokens in" value={formats.count(inputTokens(call))} note={`${formats.count(usage['cacheRead'] ?? 0)} read from a cache`} />
        <Figure label="Tokens out" value={formats.count(outputTokens(call))} note={`${formats.count(usage['reasoning'] ?? 0)} of them reasoning; counted by: ${call.usageSource}`} />
        <Figure label="First token" value={formats.duration(call.ttftMs)} note={call.queuedMs === null ? undefined : `of it waited ${formats.duration(call.queuedMs)}`} />
        <Figure label="Whole call" value={formats.duration(call.durationMs)} note={call.tpotMs === null ? undefined : `${formats.decimal(call.tpotMs, 1)} ms a token`} />
        <Figure label="Outcome" value={call.outcome} {...(call.outcome === 'ok' ? {} : { tone: 'waste' as const })} note={call.errorCode ?? call.finishReason ?? undefined} />
      </Figures>
      <Pairs
        title="Who and what for"
        pairs={[
          ['user', like('user', call.user)],
          ['feature', like('feature', call.feature)],
          ['session', like('session', call.session)],
          ['prompt', like('prompt', call.prompt)],
          ['prompt version', said(call.promptVersion)],
          ['key', like('key', call.key)],
          ['trace', traceId === null ? null : <Link to={`/traces/${encodeURIComponent(traceId)}`}>{traceId}</Link>],
          ...Object.entries(call.tags).map(([name, value]): readonly [string, ReactNode] => [`tag ${name}`, like(`tag:${name}`, value)]),
        ]}
      />
      <Pairs
        title="Where and why"
        pairs={[
          ['model asked for', said(call.modelAsked)],
          ['model that answered', said(call.modelServed)],
          ['provider', said(call.provider)],
          ['pool', like('pool', call.pool)],
          ['endpoint', said(call.endpoint)],
          ['why there', call.reason === null ? null : reasonWords(call.reason)],
          ['tries', formats.count(call.attempts)],
          ["the client's own try", call.clientRetry === null ? null : formats.count(call.clientRetry + 1)],
          ['streamed', call.streamed === null ? null : call.streamed ? 'yes' : 'no'],
          ['HTTP status', said(call.status)],
        ]}
      />
      <Pairs
        title="Sizes and names"
        pairs={[
          ['began', formats.dateTime(call.startedAt)],
          ['reported by', call.source],
          ['kind', call.kind],
          ['name', said(call.name)],
          ...Object.entries(usage).map(([bucket, count]): readonly [string, ReactNode] => [`tokens: ${bucket}`, formats.count(count)]),
          ['request', formats.bytes(call.requestBytes)],
          ['answer', formats.bytes(call.responseBytes)],
          ['tools offered', said(call.toolsDeclared.join(', '))],
          ['tools called', said(call.toolsCalled.join(', '))],
          ['the same request', like('fingerprint', call.fingerprint)],
          ["the provider's id", said(call.responseId)],
        ]}
      />
      {call.source === 'gateway' && may(session, 'audit') ? (
        <p>
          <Link to={`/audit?call=${encodeURIComponent(call.id)}`}>Verify this call in the audit log</Link>
        </p>
      ) : null}
    </>
  )
}

/** What was not said is left out. */
function Pairs({ title, pairs }: { readonly title: string; readonly pairs: readonly (readonly [string, ReactNode])[] }): ReactNode {
  return (
    <Section title={title}>
      <dl className="pairs">
        {pairs.flatMap(([name, value]) =>
          value === null
            ? []
            : [
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>,
              ],
        )}
      </dl>
    </Section>
  )
}
