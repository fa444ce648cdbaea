/** The address that a person types: the public one, else that of the server; for one that listens everywhere, this machine's. */
export function siteOf(publicUrl: string | null, host: string, port: number): string {
  if (publicUrl !== null) return publicUrl
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
