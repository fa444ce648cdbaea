import { useState, type ReactNode } from 'react'
import { isWithin, type NumberName } from './calc-input.ts'

/**
 * A number as it is typed: on the way to 0.0005 stands a 0, which is no price yet. What is typed stays until the field is left; the
 * plan follows as soon as it is a number that the address can carry. An empty field is null where that is allowed.
 */
export function NumberField({ name, value, onChange, optional = false, ...rest }: { readonly name: NumberName; readonly value: number | null; readonly onChange: (value: number | null) => void; readonly optional?: boolean; readonly step?: string; readonly placeholder?: string; readonly 'aria-label'?: string }): ReactNode {
  const [draft, setDraft] = useState<string | null>(null)
  return (
    <input
      {...rest}
      type="number"
      min={0}
      value={draft ?? value ?? ''}
      aria-invalid={draft !== null && (draft === '' ? !optional : !isWithin(name, Number(draft)))}
      onChange={(event) => {
        const text = event.target.value
        setDraft(text)
        if (text === '') {
          if (optional) onChange(null)
        } else if (isWithin(name, Number(text))) onChange(Number(text))
      }}
      onBlur={() => setDraft(null)}
    />
  )
}
