// `useAuth()` for React, in the shape of Clerk's.

import { useSyncExternalStore } from 'react'

import { authStore } from './actas.js'

/** The session of this page: `undefined` while it is not known, `null` where nobody is signed in. */
export function useAuth(store = authStore()) {
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getServerSnapshot)
}
