import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { get } from '../../api/client.ts'
import { useSearchValue } from '../../app/search-state.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Figure, Figures, PageHead, Section } from '../../ui/page.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { verifyCall, type CallProof } from './verify.ts'

interface AuditState {
  readonly mode: string
  readonly log: { readonly origin: string; readonly size: number; readonly root: string; readonly checkpoint: string; readonly key: string } | null
  readonly stopped: string | null
  readonly witnesses: readonly { readonly name: string; readonly size: number | null; readonly failure: string | null }[]
  readonly quorum: number
  readonly coverage: { readonly behindBytes: number; readonly lostRecords: number }
}

/** Can it be proved: the log as it stands, what of it is proven, and one call checked in the browser. */
export function Page(): ReactNode {
  const audit = useQuery({ queryKey: ['audit'], queryFn: ({ signal }) => get<AuditState>('/api/v1/audit', {}, signal), refetchInterval: 5000 })
  return (
    <>
      <PageHead title="Audit" answer="Can it be proved? Every call leaves an entry in a log that others can check without trusting this server." />
      <Answer query={audit} what="the log" lines={8}>
        {(data) => <State audit={data} />}
      </Answer>
      <Verify />
    </>
  )
}

function State({ audit: { mode, log, stopped, witnesses, quorum, coverage } }: { readonly audit: AuditState }): ReactNode {
  const formats = useFormats()
  if (log === null) {
    return (
      <Empty title="There is no audit log">
        Make one with <code>spillway audit init</code> and set <code>audit.mode</code>: <a href="/docs/audit.html">how</a>.
      </Empty>
    )
  }
  const signed = witnesses.filter(({ failure, size }) => failure === null && size !== null)
  return (
    <>
      <Figures>
        <Figure label="Entries" value={formats.count(log.size)} note={log.origin} />
        <Figure label="Mode" value={mode} note={mode === 'strict' ? 'a call is on disk before it is served' : 'entries follow their calls within a second or two'} />
        <Figure label="Witnesses" value={witnesses.length === 0 ? 'none' : `${signed.length} of ${witnesses.length}`} note={witnesses.length === 0 ? 'see below what that leaves open' : `${quorum} must have signed`} />
        <Figure label="Still to come" value={formats.bytes(coverage.behindBytes)} note={coverage.lostRecords > 0 ? `${formats.count(coverage.lostRecords)} records were lost` : 'no record was lost'} {...(coverage.lostRecords > 0 ? { tone: 'waste' as const } : {})} />
        <Figure label="State" value={stopped === null ? 'runs' : 'stopped'} note={stopped ?? undefined} {...(stopped === null ? {} : { tone: 'waste' as const })} />
      </Figures>
      <Section title="What is proven, and what is not">
        {witnesses.length === 0 ? (
          <p>
            <strong>Nobody else holds a checkpoint.</strong> The log cannot be changed without breaking its own hashes, but whoever runs this server could make a second log from the start and show that. A witness closes this: it signs only what continues what it has seen. <a href="/docs/audit.html">How to name one</a>
          </p>
        ) : (
          <ul>
            {witnesses.map(({ name, size, failure }) => (
              <li key={name}>
                <strong>{name}</strong>: {failure === null ? (size === null ? 'has not signed yet' : `has signed for ${formats.count(size)} entries`) : `last try failed: ${failure}`}
              </li>
            ))}
          </ul>
        )}
        <p className="faint">What the entries say is what the gateway saw: that a call took place is proven, not that an answer was true.</p>
      </Section>
      <Section title="The newest checkpoint" note="A signed note (C2SP tlog-checkpoint). Keep a copy elsewhere: a log that was put back to an older state does not go with it.">
        <pre tabIndex={0}>{log.checkpoint}</pre>
        <p className="faint">
          Key: <code>{log.key}</code>. Compare it with one that you have from elsewhere.
        </p>
      </Section>
    </>
  )
}

function Verify(): ReactNode {
  const [asked, setAsked] = useSearchValue('call')
  const [id, setId] = useState(asked ?? '')
  const verdict = useQuery({
    queryKey: ['verify', asked],
    queryFn: async ({ signal }) => verifyCall(await get<CallProof>(`/api/v1/audit/calls/${encodeURIComponent(asked ?? '')}`, {}, signal), asked ?? '', window.crypto.subtle),
    enabled: asked !== null,
    staleTime: 0,
  })
  return (
    <Section title="Verify a call" note="The proof is fetched, and checked here in your browser by code of its own: hashes by SHA-256, the signature by Ed25519.">
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault()
          setAsked(id.trim())
        }}
      >
        <label>
          id of the call
          <input value={id} required maxLength={256} size={34} onChange={(event) => setId(event.target.value)} />
        </label>
        <button type="submit" data-primary>
          Verify
        </button>
      </form>
      {asked === null ? null : (
        <Answer query={verdict} what="the proof">
          {({ ok, steps, entry }) => (
            <div role="status">
              <p>
                <strong className={ok ? undefined : 'loss'}>{ok ? 'Proven: this call is in the log under this checkpoint.' : 'NOT proven.'}</strong>
              </p>
              <ol>
                {steps.map((step) => (
                  <li key={step.what}>
                    {step.ok ? '✓' : '✗'} {step.what}: <code>{step.value}</code>
                  </li>
                ))}
              </ol>
              {entry === null ? null : (
                <details>
                  <summary>The entry</summary>
                  <pre tabIndex={0}>{JSON.stringify(entry, null, 2)}</pre>
                </details>
              )}
            </div>
          )}
        </Answer>
      )}
    </Section>
  )
}
