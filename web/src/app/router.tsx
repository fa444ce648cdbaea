import { lazy, Suspense, type ComponentType, type ReactNode } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { may, useSession, type Permission } from '../api/session.ts'
import { Empty, Loading, NotFound } from '../ui/states.tsx'
import { PAGES } from './pages.ts'

type Load = () => Promise<{ readonly Page: ComponentType }>

const page = (load: Load): ComponentType => lazy(async () => ({ default: (await load()).Page }))

/** Each page is a file of its own, loaded when it is first gone to. */
const ROUTES: readonly (readonly [string, ComponentType])[] = [
  ['/', page(() => import('../pages/overview/index.tsx'))],
  ['/calculator', page(() => import('../pages/calculator/index.tsx'))],
  ['/traffic', page(() => import('../pages/traffic/index.tsx'))],
  ['/routing', page(() => import('../pages/routing/index.tsx'))],
  ['/calls', page(() => import('../pages/calls/index.tsx'))],
  ['/calls/:id', page(() => import('../pages/calls/call.tsx'))],
  ['/traces/:id', page(() => import('../pages/traces/index.tsx'))],
  ['/costs', page(() => import('../pages/costs/index.tsx'))],
  ['/leaks', page(() => import('../pages/leaks/index.tsx'))],
  ['/audit', page(() => import('../pages/audit/index.tsx'))],
  ['/settings', page(() => import('../pages/settings/index.tsx'))],
  ['/login', page(() => import('../pages/login/index.tsx'))],
  ['/setup', page(() => import('../pages/login/setup.tsx'))],
  ['/invite', page(() => import('../pages/login/invite.tsx'))],
]

const Login = page(() => import('../pages/login/index.tsx'))
const needsOf = (path: string): Permission | null => (path.startsWith('/traces') ? 'calls' : (PAGES.find((one) => one.path === path || (one.path !== '/' && path.startsWith(`${one.path}/`)))?.needs ?? null))

/** The page, for whom may see it; the server decides again at each question. */
function Guarded({ needs, page: Page }: { readonly needs: Permission | null; readonly page: ComponentType }): ReactNode {
  const { session } = useSession()
  if (needs === null || (session !== null && may(session, needs))) return <Page />
  if (session === null) return <Loading what="the session" />
  if (session.user === null) return <Login />
  return <Empty title="This is not for your role">Ask somebody who manages users for a role with the right "{needs}".</Empty>
}

export function Pages(): ReactNode {
  const [path] = useLocation()
  return (
    // By page: what broke on one does not stand on the next.
    <ErrorBoundary key={path}>
      <Suspense fallback={<Loading what="the page" />}>
        <Switch>
          {ROUTES.map(([path, component]) => (
            <Route key={path} path={path}>
              <Guarded needs={needsOf(path)} page={component} />
            </Route>
          ))}
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </ErrorBoundary>
  )
}
