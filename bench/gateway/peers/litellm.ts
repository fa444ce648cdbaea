import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, startProgram } from '../child.ts'
import { MODEL, UPSTREAM_MODEL } from '../target.ts'
import { copyHere, run } from './peer.ts'
import type { Peer } from './peer.ts'

const KEY = 'sk-bench'

/** LiteLLM's proxy, from PyPI in a virtual environment, by its production page: one worker an instance, errors only in the log. */
export const litellm: Peer = {
  name: 'litellm',
  install(folder) {
    copyHere('litellm', folder)
    run('python3', ['-m', 'venv', 'venv'], { cwd: folder })
    run('venv/bin/pip', ['install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'], { cwd: folder })
  },
  target(folder) {
    const bin = join(folder, 'venv/bin')
    const versions = run(join(bin, 'python'), ['-c', 'import platform; from importlib.metadata import version; print(platform.python_version(), version("litellm"))'], { cwd: folder })
    const [python = '', version = ''] = versions.trim().split(' ')
    return {
      name: 'LiteLLM',
      about: `\`litellm[proxy]\` ${version}, Python ${python}, one uvicorn worker, LITELLM_MODE=PRODUCTION, LITELLM_LOG=ERROR, a static configuration with a master key, no database`,
      async start(upstreamUrl) {
        const port = await freePort()
        const file = join(folder, 'config.yaml')
        writeFileSync(file, config(upstreamUrl))
        const { usage, stop } = await startProgram({
          command: join(bin, 'litellm'),
          args: ['--config', file, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'],
          // The last one: its prices from the package, where it would ask the network for newer ones as it starts.
          env: { LITELLM_MODE: 'PRODUCTION', LITELLM_LOG: 'ERROR', LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
          port,
          readyPath: '/health/liveliness',
        })
        return { door: { port, model: MODEL, headers: { authorization: `Bearer ${KEY}` } }, usage, stop }
      },
    }
  },
}

/** A tokenizer from a model hub would be fetched again and again where there is none to reach, to count what the upstream has counted. */
function config(upstreamUrl: string): string {
  return `
model_list:
  - model_name: ${MODEL}
    litellm_params: { model: openai/${UPSTREAM_MODEL}, api_base: ${upstreamUrl}/v1, api_key: upstream-secret }
general_settings: { master_key: ${KEY} }
litellm_settings: { request_timeout: 600, set_verbose: false, json_logs: true, disable_hf_tokenizer_download: true }
`
}
