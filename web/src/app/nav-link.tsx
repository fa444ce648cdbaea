import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'

/** A link of the navigation: says where one is. */
export function NavLink({ to, title, children }: { readonly to: string; readonly title: string; readonly children: ReactNode }): ReactNode {
  const [path] = useLocation()
  const here = to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)
  return (
    <Link to={to} title={title} aria-current={here ? 'page' : undefined}>
      {children}
    </Link>
  )
}
