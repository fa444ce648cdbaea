import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { inTransaction, rowsOf, type Database } from './database.ts'
import { literal, type SealedDays } from './sealed-days.ts'
import { sumsOfDay } from './sealed-sums.ts'
import { MEASURE_SUMS } from './select.ts'

/** The days before `day` (days since 1970) that have rows in the table, oldest first. */
export async function openDaysBefore({ writer }: Database, day: number): Promise<number[]> {
  const rows = await rowsOf(writer, 'SELECT DISTINCT CAST(floor(hour / 24) AS INTEGER) AS day FROM observations WHERE hour < $1 ORDER BY 1', [day * 24])
  return rows.map((row) => row['day'] as number)
}

/** Writes all of a day, what was sealed of it before included, to a new file on disk. Nothing refers to it yet. */
export async function writeDay({ writer, folder }: Database, days: SealedDays, day: number): Promise<string> {
  const generation = Number(/-(\d+)\.parquet$/u.exec(days.fileOf(day) ?? '')?.[1] ?? 0) + 1
  const name = `day-${new Date(day * 86_400_000).toISOString().slice(0, 10)}-${generation}.parquet`
  const file = join(folder, name)
  const sealed = days.fileOf(day) === null ? [] : [day]
  await writer.run(`COPY (SELECT * FROM ${days.source(sealed)} WHERE ${within(day)}) TO ${literal(`${file}.tmp`)} (FORMAT parquet, COMPRESSION zstd)`)
  sync(`${file}.tmp`)
  renameSync(`${file}.tmp`, file)
  sync(folder)
  return name
}

/** From here on the day is in its file. One transaction; the caller keeps queries out meanwhile. */
export async function commitDay({ writer, folder }: Database, day: number, name: string): Promise<void> {
  const file = `read_parquet(${literal(join(folder, name))})`
  await inTransaction(writer, async () => {
    await writer.run(`DELETE FROM observations WHERE ${within(day)}`)
    await forget(writer, day)
    await writer.run(`INSERT INTO sealed_days SELECT ${day}, ${literal(name)}, count(*), true FROM ${file}`)
    await writer.run(sumsOfDay(day, file, MEASURE_SUMS))
    await writer.run(`INSERT INTO sealed_keys SELECT DISTINCT key, ${day} FROM (SELECT id_key AS key FROM ${file} UNION ALL SELECT trace_key FROM ${file} WHERE trace_key IS NOT NULL) ORDER BY key`)
  })
}

/** Brings days back into the table. One transaction; the caller keeps queries out meanwhile. */
export async function unsealDays({ writer }: Database, sealed: SealedDays, days: readonly number[]): Promise<void> {
  await inTransaction(writer, async () => {
    await writer.run(`INSERT INTO observations BY NAME SELECT * FROM ${sealed.parquet(days)}`)
    for (const day of days) await forget(writer, day)
  })
}

/** Deletes what started before; of sealed days, those that ended before. The caller keeps queries out meanwhile. */
export async function deleteBefore({ writer }: Database, before: number, days: readonly number[]): Promise<void> {
  await inTransaction(writer, async () => {
    await writer.run('DELETE FROM observations WHERE started_at < $1::DOUBLE', [before])
    await writer.run('DELETE FROM scores WHERE judged_at < $1::DOUBLE', [before])
    for (const day of days) await forget(writer, day)
  })
}

async function forget(writer: Database['writer'], day: number): Promise<void> {
  await writer.run(`DELETE FROM sealed_keys WHERE day = ${day}`)
  await writer.run(`DELETE FROM sealed_sums WHERE day = ${day}`)
  await writer.run(`DELETE FROM sealed_days WHERE day = ${day}`)
}

function within(day: number): string {
  return `hour >= ${day * 24} AND hour < ${(day + 1) * 24}`
}

function sync(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
