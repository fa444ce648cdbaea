import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { get } from '../../api/client.ts'
import { KIND_COLORS } from '../../charts/colors.ts'
import { useFormats } from '../../format/preferences.tsx'
import { Section } from '../../ui/page.tsx'
import { Answer } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import type { Settings } from './types.ts'

/** What the configuration file says: shown here, changed there. */
export function Installation(): ReactNode {
  const formats = useFormats()
  const settings = useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => get<Settings>('/api/v1/settings', {}, signal) })
  return (
    <Answer query={settings} what="the configuration" lines={6}>
      {({ pools, prices, version, build }) => (
        <>
          <Section title="Pools" note={<>From the configuration file, which is read again when it changes. Version {version}, Spillway {build}.</>}>
            <Table
              caption="Pools"
              rows={pools}
              keyOf={({ id }) => id}
              columns={[
                { id: 'id', header: 'pool', cell: ({ id, kind }) => <><span className="swatch" style={{ background: KIND_COLORS[kind] }} />{id}</> },
                { id: 'kind', header: 'kind', cell: ({ kind, region }) => (region === null ? kind : `${kind}, ${region}`) },
                { id: 'models', header: 'models', cell: ({ models }) => Object.keys(models).join(', ') },
                { id: 'endpoints', header: 'endpoints', cell: ({ endpoints }) => endpoints.map(({ id, url }) => `${id} ${url}`).join(', ') },
                { id: 'capacity', header: 'holds each', number: true, cell: ({ capacity }) => formats.count(capacity) },
                { id: 'cold', header: 'cold start', number: true, cell: ({ coldStartSeconds }) => formats.duration(coldStartSeconds * 1000) },
                { id: 'auth', header: 'authenticates by', cell: ({ auth }) => auth },
              ]}
            />
          </Section>
          <Section title="Prices" note="Each with where it was read and how long ago.">
            <Table
              caption="Prices"
              rows={prices}
              keyOf={({ pool, what }) => `${pool}/${what}`}
              columns={[
                { id: 'pool', header: 'pool', cell: ({ pool }) => pool },
                { id: 'what', header: 'for a', cell: ({ what }) => what },
                { id: 'usd', header: 'USD', number: true, cell: ({ usd }) => usd },
                { id: 'offer', header: 'offer', cell: ({ offer }) => offer ?? 'the configuration itself' },
                { id: 'source', header: 'source', cell: ({ source }) => (source === null ? 'your own' : source.startsWith('https://') ? <a href={source.split(' ')[0]} rel="noreferrer noopener">{source}</a> : source) },
                { id: 'age', header: 'read', cell: ({ asOf, ageDays, stale }) => (asOf === null ? 'unknown' : <span className={stale ? 'loss' : undefined}>{formats.date(asOf)}, {formats.count(ageDays)} days ago{stale ? ': read it again' : ''}</span>) },
              ]}
            />
          </Section>
        </>
      )}
    </Answer>
  )
}
