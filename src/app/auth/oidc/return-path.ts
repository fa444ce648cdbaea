const LONGEST = 1000
const HERE = 'http://here.invalid'

/** A place on this site; `/` for everything that would lead elsewhere. */
export function returnPath(wanted: string | null): string {
  if (wanted === null || wanted.length > LONGEST || !/^\/[!-~]*$/u.test(wanted) || !URL.canParse(wanted, HERE)) return '/'
  const { origin, pathname, search, hash } = new URL(wanted, HERE)
  // A second slash, also one that the address gets by being resolved, would name a host.
  return origin === HERE && !pathname.startsWith('//') ? `${pathname}${search}${hash}` : '/'
}
