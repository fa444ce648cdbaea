import { useEffect, useRef, type ReactNode } from 'react'

/** Something that is shown once and never again, in a dialog that must be closed on purpose. */
export function SecretOnce({ title, secret, note, onClose }: { readonly title: string; readonly secret: string; readonly note: string; readonly onClose: () => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} onClose={onClose} aria-label={title}>
      <h2>{title}</h2>
      <p>{note}</p>
      <pre tabIndex={0} data-secret>
        {secret}
      </pre>
      <p className="row">
        <button type="button" onClick={() => void navigator.clipboard.writeText(secret)}>
          Copy
        </button>
        <button type="button" data-primary onClick={() => dialog.current?.close()}>
          I have it
        </button>
      </p>
    </dialog>
  )
}
