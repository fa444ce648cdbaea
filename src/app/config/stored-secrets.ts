import { hasControl, openDataDir, openDataKeys } from '../../store/control/data-dir.ts'
import { readSecret } from '../../store/control/seal.ts'

/** Reads `store:name` for `loadConfig`, from the control database of a data folder; null where there is none, or no such secret. */
export function storedSecrets(env: Readonly<Record<string, string | undefined>>): (name: string, dataDir: string) => Promise<string | null> {
  return async (name, dataDir) => {
    if (!hasControl(dataDir)) return null
    const { store } = openDataDir(dataDir)
    try {
      return await readSecret(store.secrets, openDataKeys(dataDir, { value: env['SPILLWAY_DATA_KEY'], file: env['SPILLWAY_DATA_KEY_FILE'] }), name)
    } finally {
      await store.close()
    }
  }
}
