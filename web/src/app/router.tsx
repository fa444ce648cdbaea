import { lazy, Suspense, type ComponentType, type ReactNode } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { Loading, NotFound } from '../ui/states.tsx'

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

export function Pages(): ReactNode {
  const [path] = useLocation()
  return (
    // By page: what broke on one does not stand on the next.
    <ErrorBoundary key={path}>
      <Suspense fallback={<Loading what="the page" />}>
        <Switch>
          {ROUTES.map(([path, component]) => (
            <Route key={path} path={path} component={component} />
          ))}
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </ErrorBoundary>
  )
}
