import type { DetailedHTMLProps, HTMLAttributes } from 'react'

import type { AuthStore, BannerTexts, EndedEvent, ImpersonationBanner, Snapshot, StopEvent } from './actas.js'

/**
 * The session of this page: each field `undefined` while it is not known, and `null` where nobody is signed in.
 *
 * `actor` is not `null` exactly when somebody acts as the user.
 */
export function useAuth(store?: AuthStore): Snapshot

interface BannerAttributes extends HTMLAttributes<ImpersonationBanner> {
  base?: string | undefined
  me?: string | undefined
  stop?: string | undefined
  'user-name'?: string | undefined
  'actor-name'?: string | undefined
  position?: 'top' | 'bottom' | undefined
  'return-to'?: string | undefined
  store?: AuthStore | undefined
  texts?: Partial<BannerTexts> | undefined
  'onactas-stop'?: ((event: StopEvent) => void) | undefined
  'onactas-ended'?: ((event: EndedEvent) => void) | undefined
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'impersonation-banner': DetailedHTMLProps<BannerAttributes, ImpersonationBanner>
    }
  }
}
