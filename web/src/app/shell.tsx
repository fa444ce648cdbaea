import { useEffect, useRef, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { may, useSession } from '../api/session.ts'
import { usePreferences } from '../format/preferences.tsx'
import { NavLink } from './nav-link.tsx'
import { PAGES } from './pages.ts'
import styles from './shell.module.css'
import { UserMenu } from './user-menu.tsx'

/** The frame of every page: navigation, who looks, and the page itself. */
export function Shell({ children }: { readonly children: ReactNode }): ReactNode {
  const { session } = useSession()
  const { preferences, change } = usePreferences()
  const [path] = useLocation()
  const main = useRef<HTMLElement>(null)
  const shown = useRef(path)
  useEffect(() => {
    const page = PAGES.find((one) => one.path === path) ?? PAGES.find((one) => one.path !== '/' && path.startsWith(one.path))
    document.title = page === undefined ? 'Spillway' : `${page.title} · Spillway`
    // A screen reader is taken to what is new, as after a load; not on the first one, which it reads from the top.
    if (shown.current !== path) main.current?.focus()
    shown.current = path
  }, [path])
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <header className={styles.side}>
        <Link to="/" className={styles.brand}>
          <img src="/icon.svg" alt="" width="18" height="18" /> Spillway
        </Link>
        <nav aria-label="Pages" className={styles.nav}>
          <ul>
            {PAGES.filter(({ needs }) => needs === null || session === null || may(session, needs)).map(({ path: to, title, question }) => (
              <li key={to}>
                <NavLink to={to} title={question}>
                  {title}
                </NavLink>
              </li>
            ))}
            <li>
              <a href="/docs/">Docs</a>
            </li>
          </ul>
        </nav>
        <div className={styles.foot}>
          <UserMenu />
          <label className={styles.theme}>
            <span>Colors</span>
            <select value={preferences.theme} onChange={(event) => change({ theme: event.target.value as 'system' | 'light' | 'dark' })}>
              <option value="system">system</option>
              <option value="light">light</option>
              <option value="dark">dark</option>
            </select>
          </label>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        {session?.demo === true ? <p className={styles.demo}>Demo: simulated engines, a real trace replayed. No figure here is a bill.</p> : null}
        {children}
      </main>
    </div>
  )
}
