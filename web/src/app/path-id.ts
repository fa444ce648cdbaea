import { useLocation } from 'wouter'

/** The last step of the address, decoded once: the router decodes some of it, and an id may have any character. '' = it cannot be decoded. */
export function usePathId(): string {
  // Only so that the page is drawn again when the address changes.
  useLocation()
  try {
    return decodeURIComponent(window.location.pathname.split('/').at(-1) ?? '')
  } catch {
    return ''
  }
}
