import type { Io } from './io.ts'

/** Files below this size are read before a bar would be seen. */
const SHOW_FROM_BYTES = 20e6
const REDRAW_BYTES = 4e6
const WIDTH = 30

export interface ProgressBar {
  readonly update: (bytesRead: number, totalBytes: number | null, rows: number) => void
  readonly clear: () => void
}

/** A bar on stderr while a large file is read; silent where stderr is no terminal. */
export function progressBar(io: Io, title: string): ProgressBar {
  let shown = false
  let next = 0
  return {
    update: (bytesRead, totalBytes, rows) => {
      if (!io.progress || (totalBytes ?? bytesRead) < SHOW_FROM_BYTES || bytesRead < next) return
      next = bytesRead + REDRAW_BYTES
      shown = true
      const counts = `${(rows / 1e6).toFixed(1)} M rows, ${Math.round(bytesRead / 1e6)} MB`
      const share = totalBytes === null ? null : Math.min(1, bytesRead / totalBytes)
      const bar = share === null ? '' : `[${'█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '·')}] ${String(Math.round(share * 100)).padStart(3)} %  `
      io.stderr(`\r${title}  ${bar}${counts}\u001B[K`)
    },
    clear: () => {
      if (shown) io.stderr('\r\u001B[K')
    },
  }
}
