/** Our side's secrets in the words of an upstream: some repeat what they were sent, headers and address included. */

const MASK = '***'

export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, MASK)
  return clean
}

/** Whether one of them stands in a text, however JSON has spelled it (`\u002b` for a plus sign, `\/` for a slash). */
export function tellsSecret(text: string, secrets: readonly string[]): boolean {
  const plain = text.replaceAll(/\\(?:u([0-9a-f]{4})|(.))/giu, (_, hex: string | undefined, char: string) => (hex === undefined ? char : String.fromCharCode(Number.parseInt(hex, 16))))
  return secrets.some((secret) => secret !== '' && (text.includes(secret) || plain.includes(secret)))
}

const CREDENTIAL = /authorization|cookie|token|secret|api-?key/u

/** The credentials that a request carried: values of headers by that kind of name, and what stands in them behind the scheme. */
export function credentialsIn(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (CREDENTIAL.test(name) ? [value, value.slice(value.indexOf(' ') + 1)] : []))
}

/** `host:port` of an upstream, where it is more than a word of any language. */
export function addressIn(url: string): string[] {
  const { host } = new URL(url)
  return /[.:]/u.test(host) ? [host] : []
}

const CODE = /^[\w.:/-]{1,64}$/u

/** A code that an upstream gave, if it looks like one: anything else may quote anything, and codes go into records. */
export function codeIn(value: unknown, secrets: readonly string[]): string | null {
  return typeof value === 'string' && CODE.test(value) && !tellsSecret(value, secrets) ? value : null
}
