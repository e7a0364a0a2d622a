// Compiled and never run: what the types allow, and by `@ts-expect-error` what they do not.

import { type Actor, AuthError, AuthStore, ImpersonationBanner, type Session, auth, authStore } from 'actas'
import { useAuth } from 'actas/react'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}

export async function page(): Promise<void> {
  const me = await auth()
  if (me.userId !== null) {
    same<typeof me, Session>(true)
    const expires: Date = new Date(me.expiresAt)
    expires.toISOString()
  } else {
    same<typeof me.actor, null>(true)
  }
  // @ts-expect-error nobody may act
  me.actor.sub
  // @ts-expect-error what a session says is not for the page to change
  me.userId = 'user_2'

  const store: AuthStore = authStore({ base: '/support' })
  const leave: () => void = store.subscribe(() => store.getSnapshot().isLoaded)
  leave()
  store.stop().catch((error: unknown) => {
    if (error instanceof AuthError && error.code === 'network') {
      same<typeof error.status, number>(true)
    }
  })
  // @ts-expect-error there is no such path
  authStore({ bas: '/support' })

  new AuthStore({
    fetch: (url, init) => fetch(url, { ...init, headers: { authorization: 'Bearer x' } }),
    clock: { now: Date.now, setTimeout, clearTimeout: (timer) => clearTimeout(timer as number) },
  })
}

export function banner(): void {
  const element = document.createElement('impersonation-banner')
  same<typeof element, ImpersonationBanner>(true)
  element.store = authStore()
  element.store = null
  element.texts = { stop: 'Beenden' }
  // @ts-expect-error there are no such words
  element.texts = { halt: 'Beenden' }
  document.addEventListener('actas-ended' as 'click', () => {})
  element.addEventListener('actas-ended', (event) => {
    same<typeof event.detail.stopped, boolean>(true)
    event.preventDefault()
  })
}

export function Who() {
  const me = useAuth()
  same<typeof me.actor, Actor | null | undefined>(true)
  same<typeof me.userId, string | null | undefined>(true)
  if (!me.isLoaded) {
    same<typeof me.actor, undefined>(true)
    return <p />
  }
  if (!me.isSignedIn) {
    same<typeof me.userId, null>(true)
    return <p>{me.isEnded ? me.error.message : 'signed out'}</p>
  }
  same<typeof me.sessionId, string | null>(true)
  same<typeof me.userId, string>(true)
  // @ts-expect-error what a claim holds is not known
  const reason: string = me.actor?.reason
  return (
    <>
      <impersonation-banner
        position="bottom"
        user-name={me.userId}
        return-to="/support"
        texts={{ stop: reason }}
        onactas-ended={(event) => event.detail.stopped && event.preventDefault()}
      />
      {/* @ts-expect-error there is no such position */}
      <impersonation-banner position="left" />
    </>
  )
}
