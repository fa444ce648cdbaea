import type { IncomingMessage, ServerResponse } from 'node:http'
import { manageRoutes, type ManageDeps } from '../manage/manage-routes.ts'
import { oidcRoutes, type OidcRouteDeps } from './oidc/oidc-routes.ts'
import { sessionRoutes, type SessionRouteDeps } from './session-routes.ts'

type Routes = (request: IncomingMessage, response: ServerResponse) => boolean

/** All that the dashboard asks of the server besides what was recorded: who is signed in, and what they manage. */
export function dashboardRoutes(deps: SessionRouteDeps & OidcRouteDeps & ManageDeps): Routes {
  const session = sessionRoutes(deps)
  const oidc = oidcRoutes(deps)
  const manage = manageRoutes(deps)
  return (request, response) => session(request, response) || oidc(request, response) || manage(request, response)
}
