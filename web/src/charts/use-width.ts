import { useLayoutEffect, useRef, useState, type RefObject } from 'react'

/** The width that an element has, in CSS pixels, as it changes. */
export function useWidth<T extends HTMLElement>(first = 640): [RefObject<T | null>, number] {
  const ref = useRef<T>(null)
  const [width, setWidth] = useState(first)
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(120, Math.floor(entry?.contentRect.width ?? first))))
    observer.observe(element)
    return () => observer.disconnect()
  }, [first])
  return [ref, width]
}
