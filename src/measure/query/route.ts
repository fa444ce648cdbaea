import type { Static, TObject, TSchema } from 'typebox'
import type { ListedPrice } from '../insight/insights-of.ts'
import type { TelemetryStore } from '../../store/telemetry.ts'
import type { ExportCalls } from '../../store/telemetry-exports.ts'

/** What a question is asked of, and by whom. Plain data but for the store. */
export interface Asking {
  readonly tenant: string
  /** Whether what concerns other tenants too may be told. */
  readonly admin: boolean
  readonly store: Omit<TelemetryStore, 'append'>
  /** Unix ms. */
  readonly now: number
  /** Unix ms: all that was recorded by then can be found; null = not known yet. */
  readonly asOf: number | null
  /** Bytes of the journal that wait to be loaded. */
  readonly behindBytes: number
  /** What exports are made with; null where the store cannot. */
  readonly exports: Exports | null
  /** What calls were priced with. */
  readonly prices: readonly ListedPrice[]
  /** Pools that are rented by the hour, as the configuration has them now. */
  readonly dedicated: readonly DedicatedPool[]
}

export interface DedicatedPool {
  readonly id: string
  /** Nano-USD an hour of one replica, as text. */
  readonly nanoUsdPerHour: string
  readonly replicas: number
}

export interface Exports {
  readonly calls: ExportCalls
  /** A path for a new file. */
  readonly file: () => string
}

/** A file that holds the answer; whoever sends it deletes it. */
export interface FileAnswer {
  readonly file: string
  readonly type: string
  /** What a browser calls it. */
  readonly name: string
}

/**
 * One question: what it is asked with, what it answers, how. Both schemas are checked (the query always, the answer by the tests) and
 * both make the OpenAPI document.
 */
export interface Route {
  /** `{id}` stands for the rest of the path, decoded. */
  readonly path: string
  readonly summary: string
  readonly query: TObject
  readonly answer: TSchema | 'file'
  readonly handle: (query: never, asking: Asking, id: string) => Promise<unknown>
}

/** Checks the types of a question against its schemas. */
export function route<Q extends TObject, A extends TSchema>(one: { readonly path: string; readonly summary: string; readonly query: Q; readonly answer: A; readonly handle: (query: Static<Q>, asking: Asking, id: string) => Promise<Static<A>> }): Route {
  return one
}

/** A question that is answered with a file. */
export function fileRoute<Q extends TObject>(one: { readonly path: string; readonly summary: string; readonly query: Q; readonly handle: (query: Static<Q>, asking: Asking) => Promise<FileAnswer> }): Route {
  return { ...one, answer: 'file' }
}
