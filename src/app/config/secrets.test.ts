import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sealSecret } from '../../store/control/seal.ts'
import { openDataDir, openDataKeys } from '../../store/control/data-dir.ts'
import { checkConfig } from './load-config.ts'
import { storedSecrets } from './stored-secrets.ts'
import { complaints, minimal, scratchFolder } from './testing.ts'

const CANARY = 'canary-4f1c9e'
const withSecret = (reference: string): string => minimal(`    auth: { type: bearer, secret: ${JSON.stringify(reference)} }\n`)

describe('secrets in the configuration', () => {
  it.each([`sk-${CANARY}`, CANARY, 'env:', 'env:1BAD', 'ENV:NAME', 'vault:name', 'file:', 'store:../x', '${TOKEN}', ''])('a literal, or what is no reference, is refused and not repeated: %s', async (literal) => {
    const found = await complaints(withSecret(literal))
    expect(found).toEqual(['6:35 CONFIG_SECRET_LITERAL pools[0].auth.secret is a literal or no reference to a secret. Give the token as env:NAME, file:/path or store:name; secrets do not belong in this file'])
  })

  it.each([
    ['env:UNSET', 'pools[0].auth.secret refers to env:UNSET, which is not set. Set UNSET in the environment of Spillway'],
    ['env:EMPTY', 'refers to env:EMPTY, which is empty'],
    ['env:LINES', 'refers to env:LINES, which holds spaces, line breaks or characters beyond ASCII inside'],
    ['file:/nowhere/secret', 'refers to file:/nowhere/secret, which cannot be read (ENOENT)'],
    ['file:.', 'which cannot be read (EISDIR)'],
    ['store:name', 'but no store of secrets is open'],
  ])('%s: says what is missing, never what is there', async (reference, message) => {
    const found = await complaints(withSecret(reference), { env: { EMPTY: '', LINES: `${CANARY}\r\nx-injected: 1` } })
    expect(found).toEqual([expect.stringContaining(`CONFIG_SECRET_MISSING`)])
    expect(found[0]).toContain(message)
    expect(found.join()).not.toContain(CANARY)
  })

  it('a file that is far too long is none', async () => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'big'), 'x'.repeat(70_000))
    expect(await complaints(withSecret(`file:${join(folder, 'big')}`))).toEqual([expect.stringContaining('longer than 64 KiB')])
  })

  it('canary: no error about a file quotes what stands in it', async () => {
    const texts = [
      `pools: "${CANARY}"\n`,
      `pools: [${CANARY}, {${CANARY}]\n`,
      `${minimal()}server: { keys: [{ id: a, secret: "${CANARY}" }] }\n`,
      minimal(`    auth: { type: header, header: "${CANARY}: x", secret: env:X }\n`),
      minimal(`    auth: ${CANARY}\n`),
      minimal().replace('http://10.0.0.5:8000', `https://user:${CANARY}@host.test`),
      minimal().replace('http://10.0.0.5:8000', `https://host.test/?key=${CANARY}`),
      minimal().replace('http://10.0.0.5:8000', `ftp://${CANARY}`),
    ]
    for (const text of texts) {
      const found = (await complaints(text, { env: {} })).join('\n')
      expect(found).not.toBe('')
      expect(found).not.toContain(CANARY)
    }
  })

  it('store:name is read from the control database of the data folder, sealed as it is there', async () => {
    const folder = scratchFolder()
    const dataDir = join(folder, '.spillway')
    mkdirSync(dataDir, { mode: 0o700 })
    const { store } = openDataDir(dataDir)
    await store.secrets.put('runpod', sealSecret(openDataKeys(dataDir, { value: undefined, file: undefined }), 'runpod', 'sealed-value'))
    await store.close()
    writeFileSync(join(folder, 'spillway.yaml'), withSecret('store:runpod'))
    const stored = { env: {}, readStored: storedSecrets({}) }
    expect((await checkConfig(join(folder, 'spillway.yaml'), stored)).config?.pools[0]?.auth).toEqual({ type: 'bearer', secret: 'sealed-value' })
    writeFileSync(join(folder, 'spillway.yaml'), withSecret('store:other'))
    expect((await checkConfig(join(folder, 'spillway.yaml'), stored)).problems).toMatchObject([{ code: 'CONFIG_SECRET_MISSING' }])
    const wrongKey = { env: {}, readStored: storedSecrets({ SPILLWAY_DATA_KEY: Buffer.alloc(32, 7).toString('base64') }) }
    writeFileSync(join(folder, 'spillway.yaml'), withSecret('store:runpod'))
    expect((await checkConfig(join(folder, 'spillway.yaml'), wrongKey)).problems).toMatchObject([{ code: 'SECRET_KEY_UNKNOWN', place: { row: 6 } }])
  })
})
