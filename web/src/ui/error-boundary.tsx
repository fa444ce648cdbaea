import { Component, type ReactNode } from 'react'
import { PageFailed } from './states.tsx'

/** A page that breaks takes no other with it. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(error: unknown): { readonly error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render(): ReactNode {
    return this.state.error === null ? this.props.children : <PageFailed error={this.state.error} />
  }
}
