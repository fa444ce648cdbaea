import { DEMO_KEY, DEMO_MODEL } from './demo-config.ts'

/** How to call the demo, ready to paste, and where its first owner is made; null = there is one. */
export function welcome(url: string, setupLink: string | null): string {
  return `
The dashboard is at ${url}, for whoever is on this machine.
The gateway serves there too, key ${DEMO_KEY}. Call it while the trace runs:
  curl ${url}/v1/chat/completions -i -H 'authorization: Bearer ${DEMO_KEY}' \\
    -H 'content-type: application/json' \\
    -d '{"model":"${DEMO_MODEL}","max_tokens":40,"messages":[{"role":"user","content":"Hello"}]}'
  new OpenAI({ baseURL: '${url}/v1', apiKey: '${DEMO_KEY}' })
Where the money goes: npx spillway top --by user --url ${url} --key ${DEMO_KEY}
${setupLink === null ? '' : `The dashboard's first owner is made at ${setupLink}
`}Yours: npx spillway serve -c spillway.yaml  (docs/gateway.md)

`
}
