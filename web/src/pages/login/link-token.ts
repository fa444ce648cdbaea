import { useState } from 'react'

/** Outlives the page, which may be drawn more than once before it stands. */
let held = ''

/** The secret part of a one-time link, taken out of the address at once: it must stay in no history and no screenshot. */
export function useLinkToken(): string {
  const [token] = useState(() => {
    const found = window.location.hash.slice(1)
    if (found !== '') {
      held = found
      window.history.replaceState(window.history.state, '', window.location.pathname)
    }
    return held
  })
  return token
}
