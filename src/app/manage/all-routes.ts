import { alertRoutes } from './alert-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { budgetRoutes } from './budget-routes.ts'
import { keyRoutes } from './key-routes.ts'
import type { ManageRoute } from './route.ts'
import { planRoutes } from './plan-routes.ts'
import { settingsRoutes } from './settings-routes.ts'
import { userRoutes } from './user-routes.ts'

/** Everything that can be managed. */
export const MANAGE_ROUTES: readonly ManageRoute[] = [...keyRoutes, ...budgetRoutes, ...userRoutes, ...alertRoutes, ...settingsRoutes, ...auditRoutes, ...planRoutes]
