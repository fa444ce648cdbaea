import type { Static, TObject, TSchema } from 'typebox'
import type { GatewayConfig } from '../../route/config-types.ts'
import type { Metered } from '../../prove/actuals/actuals.ts'
import type { ControlStore } from '../../store/control.ts'
import type { AuditStatus } from '../audit/start-audit.ts'
import type { Witness } from '../audit/act.ts'
import type { AlertFiles } from '../alerts/alert-files.ts'
import type { Caller } from '../auth/door.ts'
import type { Permission } from '../auth/permissions.ts'

/** What managing needs of the server. */
export interface ManageDesk {
  readonly store: ControlStore
  readonly pepper: Uint8Array
  readonly config: () => GatewayConfig
  readonly alerts: AlertFiles
  readonly dataDir: string
  /** The log's writer; null = it is off. `position`: of the journal, up to which the log has it. */
  readonly audit: () => (AuditStatus & { readonly position: number }) | null
  readonly journal: () => { readonly bytes: number; readonly lost: number }
  /** Unix ms; null = not known. */
  readonly endOfCall: (tenant: string, id: string) => Promise<number | null>
  /** What was metered since a moment such as `7d` ago; null = no call. */
  readonly metered: (tenant: string, from: string) => Promise<Metered | null>
}

/** One request, by somebody who may make it. */
export interface Asked<Body> {
  readonly desk: ManageDesk
  /** Everything is of this caller's tenant alone. */
  readonly caller: Caller
  /** What stands for `{id}` in the path, decoded; '' where nothing does. */
  readonly id: string
  readonly body: Body
  /** Unix ms. */
  readonly now: number
  /** Whoever asks, as the audit log names them. */
  readonly act: Witness
}

/** One thing that can be managed: who may, with what, what it answers. The schemas are checked and make the OpenAPI document. */
export interface ManageRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `{id}` stands for one step of the path. */
  readonly path: string
  readonly permission: Permission
  readonly summary: string
  /** Null = none. */
  readonly body: TObject | null
  readonly answer: TSchema
  readonly status: 200 | 201
  readonly handle: (asked: Asked<never>) => Promise<unknown>
}

/** Checks the type of a body against its schema; answers are checked by the tests. */
export function manageRoute<B extends TObject | null>(one: Omit<ManageRoute, 'body' | 'handle' | 'status'> & { readonly body: B; readonly status?: 200 | 201; readonly handle: (asked: Asked<B extends TObject ? Static<B> : null>) => Promise<object> }): ManageRoute {
  return { status: 200, ...one }
}
