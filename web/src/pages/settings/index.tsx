import type { ReactNode } from 'react'
import { may, useSession } from '../../api/session.ts'
import { PageHead } from '../../ui/page.tsx'
import { Alerts } from './alerts.tsx'
import { Budgets } from './budgets.tsx'
import { Installation } from './installation.tsx'
import { Keys } from './keys.tsx'
import { PreferencesForm } from './preferences-form.tsx'
import { Users } from './users.tsx'

/** Keys, people, budgets, alerts, pools and prices: each for whom may see it. */
export function Page(): ReactNode {
  const { session } = useSession()
  return (
    <>
      <PageHead title="Settings" />
      <PreferencesForm />
      {may(session, 'keys') ? <Keys /> : null}
      {may(session, 'users') ? <Users /> : null}
      {may(session, 'read') ? <Budgets /> : null}
      {may(session, 'read') ? <Alerts /> : null}
      {may(session, 'settings') ? <Installation /> : null}
    </>
  )
}
