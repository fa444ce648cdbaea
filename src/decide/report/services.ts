/** What can serve a replica's worth of demand, and how every picture shows it. */
export type Service = 'dedicated' | 'elastic' | 'serverless' | 'tokens'

interface Look {
  readonly label: string
  /** Safe for color-blind readers (Okabe and Ito, 2008); sky and orange are alike in gray, so a texture tells them apart. */
  readonly color: string
  /** The same in the 256-color palette of a terminal. */
  readonly ansi: number
  /** One character cell without color. */
  readonly block: string
}

export const SERVICES: Readonly<Record<Service, Look>> = {
  dedicated: { label: 'dedicated', color: '#0072B2', ansi: 25, block: '█' },
  elastic: { label: 'by the hour', color: '#56B4E9', ansi: 74, block: '▓' },
  serverless: { label: 'serverless', color: '#E69F00', ansi: 172, block: '░' },
  tokens: { label: 'tokens API', color: '#009E73', ansi: 36, block: '▒' },
}

/** Paid and idle: hatched, gray. */
export const IDLE = { color: '#8A8A8A', ansi: 245, block: '╱' } as const
