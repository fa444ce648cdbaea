import type { ReactNode } from 'react'
import { send } from '../../api/client.ts'
import { useSessionChange } from '../../api/session.ts'
import { PageHead } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { EntryForm, NEW_PASSWORD } from './entry-form.tsx'
import { useLinkToken } from './link-token.ts'

/** An invitation, or a new password: a link that works once. */
export function Page(): ReactNode {
  const token = useLinkToken()
  const { refresh } = useSessionChange()
  if (token === '') return <Empty title="This needs the link that you were sent">Its last part, after the #, is missing here.</Empty>
  return (
    <>
      <PageHead title="Choose a password" answer="Then you are in. The link works once." />
      <EntryForm
        action="Go on"
        fields={[{ name: 'name', label: 'Your name', type: 'text', autoComplete: 'name' }, NEW_PASSWORD]}
        send={async (values) => {
          await send('POST', '/api/invite/accept', { ...values, token })
          await refresh()
        }}
      />
    </>
  )
}
