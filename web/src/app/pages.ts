import type { Permission } from '../api/session.ts'

/** The pages, in the order of the navigation: where each is, what it answers, and what one has to be allowed to see it. */
export const PAGES = [
  { path: '/', title: 'Overview', question: 'Where does the money go?', needs: 'read' },
  { path: '/calculator', title: 'Calculator', question: 'Own, rent or mix?', needs: null },
  { path: '/traffic', title: 'Traffic', question: 'What is asked, and when?', needs: 'read' },
  { path: '/routing', title: 'Routing', question: 'Where do calls run now?', needs: 'read' },
  { path: '/calls', title: 'Calls', question: 'What happened in this call?', needs: 'calls' },
  { path: '/costs', title: 'Costs', question: 'Who and what costs how much?', needs: 'read' },
  { path: '/leaks', title: 'Leaks', question: 'What was paid for nothing?', needs: 'read' },
  { path: '/audit', title: 'Audit', question: 'Can it be proved?', needs: 'audit' },
  { path: '/settings', title: 'Settings', question: 'Keys, budgets, pools, prices', needs: null },
] as const satisfies readonly { readonly path: string; readonly title: string; readonly question: string; readonly needs: Permission | null }[]
