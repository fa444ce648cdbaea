import { open, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { FileAnswer } from '../../measure/query/route.ts'

/** A client that takes nothing for so long has gone. */
const STALLED_MS = 60_000

/** Streams a file that was made for this answer, and deletes it, whatever becomes of the client. */
export async function sendFile(response: ServerResponse, { file, type, name }: FileAnswer): Promise<void> {
  try {
    const handle = await open(file, 'r')
    const { size } = await handle.stat()
    if (response.destroyed) return await handle.close()
    response.writeHead(200, { 'content-type': type, 'content-length': size, 'content-disposition': `attachment; filename="${name}"`, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    response.setTimeout(STALLED_MS, () => response.destroy())
    // A client that goes away is no failure of ours.
    await pipeline(handle.createReadStream(), response).catch(() => {})
  } finally {
    await rm(file, { force: true })
  }
}
