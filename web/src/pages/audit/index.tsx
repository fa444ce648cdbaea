import type { ReactNode } from 'react'
import { PageHead } from '../../ui/page.tsx'

export function Page(): ReactNode {
  return <PageHead title="Audit" />
}
