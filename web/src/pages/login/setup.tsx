import type { ReactNode } from 'react'
import { send } from '../../api/client.ts'
import { useSessionChange } from '../../api/session.ts'
import { PageHead } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { EntryForm, NEW_PASSWORD } from './entry-form.tsx'
import { useLinkToken } from './link-token.ts'

/** The first owner, by the link that the server printed. */
export function Page(): ReactNode {
  const token = useLinkToken()
  const { refresh } = useSessionChange()
  if (token === '') return <Empty title="This needs the link that the server printed">Its last part, after the #, is missing here.</Empty>
  return (
    <>
      <PageHead title="Create the owner" answer="You will be able to do everything here, and to invite others." />
      <EntryForm
        action="Create and sign in"
        fields={[{ name: 'name', label: 'Your name', type: 'text', autoComplete: 'name' }, { name: 'email', label: 'E-mail', type: 'email', autoComplete: 'username' }, NEW_PASSWORD]}
        send={async (values) => {
          await send('POST', '/api/setup', { ...values, token })
          await refresh()
        }}
      />
    </>
  )
}
