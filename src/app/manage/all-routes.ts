import type { ManageRoute } from './route.ts'

export const MANAGE_ROUTES: readonly ManageRoute[] = []
