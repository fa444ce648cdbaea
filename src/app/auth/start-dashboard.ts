import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { GatewayConfig } from '../../route/config-types.ts'
import type { Admission } from '../../route/seams.ts'
import type { ControlStore } from '../../store/control.ts'
import { AlertFiles } from '../alerts/alert-files.ts'
import { endOfCall } from '../manage/end-of-call.ts'
import { meteredSince } from '../manage/metered.ts'
import type { ManageDesk } from '../manage/route.ts'
import type { TelemetryService } from '../telemetry/start-telemetry.ts'
import { createDoor, type Door } from './door.ts'
import { dashboardRoutes } from './dashboard-routes.ts'
import { createEntrance } from './entrance.ts'
import { newSetupLink } from './people.ts'
import { Sessions } from './sessions.ts'
import { siteOf } from './site.ts'
import { SignIn } from './sign-in.ts'

export interface DashboardDeps {
  readonly store: ControlStore
  readonly pepper: Uint8Array
  readonly admission: Pick<Admission, 'identify'>
  readonly config: () => GatewayConfig
  readonly isDemo: boolean
  readonly telemetry: () => TelemetryService
  readonly audit: ManageDesk['audit']
  readonly journal: ManageDesk['journal']
  readonly clock: Clock
  readonly onDefect: (error: unknown) => void
  readonly onSignInFailure: (reason: string) => void
}

export interface Dashboard {
  /** Who asks; for all other routes, too. */
  readonly door: Door
  readonly routes: (request: IncomingMessage, response: ServerResponse) => boolean
  /** A new link for the first owner of what listens there; null where there is one, or no dashboard. */
  readonly setupLink: (host: string, port: number) => Promise<string | null>
}

/** Sessions, the door and the routes behind it, over one control store. */
export function startDashboard({ store, pepper, admission, config, isDemo, telemetry, audit, journal, clock, onDefect, onSignInFailure }: DashboardDeps): Dashboard {
  const own = (): GatewayConfig['dashboard'] => config().dashboard
  const sessions = new Sessions(store.people, own)
  const door = createDoor({ admission, sessions, config: own, clock })
  const entrance = createEntrance({ sessions, people: store.people, config: own, clock })
  const signIn = new SignIn(store.people, clock)
  const moreTenants = (): string[] => config().server.staticKeys.map(({ tenant }) => tenant)
  // Stays until a restart, whatever the file says meanwhile.
  const { dataDir } = config().server
  const desk: ManageDesk = { store, pepper, config, dataDir, alerts: new AlertFiles(dataDir), audit, journal, endOfCall: endOfCall(telemetry, clock), metered: meteredSince(telemetry, () => config().pools, clock) }
  return {
    door,
    routes: dashboardRoutes({ door, entrance, signIn, store, config: own, moreTenants, isDemo, pepper, clock, onDefect, onSignInFailure, desk }),
    setupLink: async (host, port) => {
      const token = own().mode === 'off' ? null : await newSetupLink({ people: store.people, now: clock.now() })
      return token === null ? null : `${siteOf(own().publicUrl, host, port)}/setup#${token}`
    },
  }
}
