import { readFile } from 'node:fs/promises'
import Type from 'typebox'
import { Check, Errors } from 'typebox/value'
import type { CurrentCost } from '../core/current-cost.ts'
import { SpillwayError } from '../core/errors.ts'

const Usd = Type.Number()
const NotNegative = Type.Number({ minimum: 0 })
const OrNull = <Schema extends Type.TSchema>(schema: Schema): Type.TUnion<[Schema, Type.TNull]> => Type.Union([schema, Type.Null()])
const Moment = Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$` })
const Format = Type.Union([Type.Literal('focus'), Type.Literal('aws-cur'), Type.Literal('gcp'), Type.Literal('csv')])
const Assumption = Type.Object({ name: Type.String(), value: Type.Union([Type.String(), Type.Number()]), unit: Type.Optional(Type.String()), source: Type.String(), asOf: Type.String() })

const CurrentCostSchema = Type.Object({
  kind: Type.Literal('current-cost'),
  schemaVersion: Type.Literal(1),
  sources: Type.Array(Type.Object({ file: Type.String(), format: Format, rows: NotNegative, skippedRows: NotNegative, basis: Type.String() })),
  currency: Type.String(),
  fxUsdPerUnit: OrNull(NotNegative),
  windowStart: Moment,
  windowEnd: Moment,
  coveredHours: Type.Number({ exclusiveMinimum: 0 }),
  monthlyUsd: Usd,
  windowUsd: Usd,
  gpus: Type.Array(Type.Object({ gpu: Type.String(), usd: Usd, gpuHours: OrNull(Type.Number()), usdPerGpuHour: OrNull(Usd), meanGpus: OrNull(Type.Number()) })),
  purchase: Type.Object({ onDemandUsd: Usd, committedUsd: Usd, spotUsd: Usd, serverlessUsd: Usd, unusedCommitmentUsd: Usd }),
  apart: Type.Object({ notGpuUsd: Usd, acceleratorsUsd: Usd, taxUsd: Usd, creditsUsd: Usd, repeatedUsd: Usd }),
  notGpuServices: Type.Array(Type.Object({ service: Type.String(), usd: Usd })),
  daily: Type.Array(Type.Object({ day: Type.String(), gpuUsd: Usd, gpuHours: Type.Number(), covered: Type.Boolean() })),
  utilization: OrNull(
    Type.Object({
      source: Type.String(),
      mean: Type.Number({ minimum: 0, maximum: 1 }),
      max: Type.Number({ minimum: 0, maximum: 1 }),
      samples: NotNegative,
      gpus: OrNull(NotNegative),
      firstSample: Moment,
      lastSample: Moment,
      metric: Type.String(),
      scale: Type.Union([Type.Literal('0..1'), Type.Literal('0..100')]),
      meaning: Type.String(),
    }),
  ),
  assumptions: Type.Array(Assumption),
  warnings: Type.Array(Type.String()),
})

/**
 * Reads what `spillway import --out FILE` wrote. Throws FILE_NOT_FOUND, FILE_IS_DIRECTORY, FILE_NOT_READABLE, and
 * CURRENT_COST_INVALID for anything else than such a file.
 */
export async function readCurrentCost(file: string): Promise<CurrentCost> {
  const text = await readText(file)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SpillwayError('CURRENT_COST_INVALID', 'the file is not JSON', 'Write it with spillway import BILL --out FILE', { file }, { cause: error })
  }
  if (Check(CurrentCostSchema, value)) return value
  const [first] = Errors(CurrentCostSchema, value)
  throw new SpillwayError('CURRENT_COST_INVALID', `${first?.instancePath || 'the file'} ${first?.message ?? 'is not a current cost'}`, 'Write it with spillway import BILL --out FILE', { file })
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new SpillwayError('FILE_NOT_FOUND', 'there is no such file', 'Write it with spillway import BILL --out FILE', { file }, { cause: error })
    if (code === 'EISDIR') throw new SpillwayError('FILE_IS_DIRECTORY', 'this is a directory', 'Name one file in it', { file }, { cause: error })
    throw new SpillwayError('FILE_NOT_READABLE', `it cannot be read (${code})`, 'Check that you may read it', { file }, { cause: error })
  }
}
