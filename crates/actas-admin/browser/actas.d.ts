/** The `act` claim as the server verified it (RFC 8693): who is at the keyboard. */
export interface Actor {
  /** The actor, in the namespace of its issuer. It need not be a user's id. */
  readonly sub: string
  readonly iss?: string
  readonly act?: Actor
  readonly [claim: string]: unknown
}

/** A session as the server sees it. */
export interface Session {
  readonly userId: string
  /** Who acts as the user; `null` where nobody does. */
  readonly actor: Actor | null
  readonly sessionId: string | null
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** Nobody is signed in. */
export interface NoSession {
  readonly userId: null
  readonly actor: null
  readonly sessionId: null
  readonly expiresAt: null
}

/**
 * What a page knows of its session.
 *
 * `error` is what went wrong when the server was last asked; the rest is then what was known before.
 */
export type Snapshot =
  | {
      readonly isLoaded: false
      readonly isSignedIn: undefined
      readonly isEnded: false
      readonly userId: undefined
      readonly actor: undefined
      readonly sessionId: undefined
      readonly expiresAt: undefined
      readonly error: AuthError | null
    }
  | ({ readonly isLoaded: true; readonly isSignedIn: true; readonly isEnded: false; readonly error: AuthError | null } & Session)
  | ({ readonly isLoaded: true; readonly isSignedIn: false; readonly isEnded: false; readonly error: AuthError | null } & NoSession)
  | ({ readonly isLoaded: true; readonly isSignedIn: false; readonly isEnded: true; readonly error: AuthError } & NoSession)

/** A problem's code from the server, or one of the three that are found out here. */
export type AuthErrorCode =
  | 'network'
  | 'http'
  | 'bad_answer'
  | 'missing_credential'
  | 'invalid_request'
  | 'invalid_token'
  | 'session_pending'
  | 'actor_mismatch'
  | 'impersonation_ended'
  | 'cross_site'
  | 'keys_unavailable'
  | 'clock_unavailable'
  | 'audit_unavailable'
  | 'missing_layer'
  | (string & {})

export class AuthError extends Error {
  constructor(code: AuthErrorCode, status?: number, message?: string)
  readonly name: 'AuthError'
  readonly code: AuthErrorCode
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number
}

/** What tells the time and waits. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  setTimeout(callback: () => void, delay: number): unknown
  clearTimeout(timer: unknown): void
}

/** Where the server is asked: paths of this origin. */
export interface Paths {
  /** What both paths begin with. By default nothing. */
  base?: string | undefined
  /** By default `${base}/auth/me`. */
  me?: string | undefined
  /** By default `${base}/impersonations/current/stop`. */
  stop?: string | undefined
}

export interface StoreOptions extends Paths {
  /** What asks the server, such as one that adds an `Authorization` header. By default the browser's. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  /** By default the browser's. */
  clock?: Clock | undefined
}

/**
 * The session of a page.
 *
 * The server is asked when the first listener subscribes, at the session's expiry, and when the page is looked at again.
 */
export class AuthStore {
  constructor(options?: StoreOptions)
  readonly clock: Clock
  /** Milliseconds since the Unix epoch, by the server's clock where it told the time. */
  readonly now: () => number
  /** The same object until something changes. */
  readonly getSnapshot: () => Snapshot
  /** What a server renders: the session is not known yet. */
  readonly getServerSnapshot: () => Snapshot
  /** Calls `listener` after each change, until what is returned is called. */
  readonly subscribe: (listener: () => void) => () => void
  /** Asks the server. It does not reject: what went wrong is in `error`. */
  readonly refresh: () => Promise<Snapshot>
  /** Stops the impersonation, and asks who is there now. Rejects with an `AuthError` where it could not be stopped. */
  readonly stop: () => Promise<Snapshot>
}

/** The store of the page for these paths: the same one, whoever asks for it. */
export function authStore(paths?: Paths): AuthStore

/**
 * Who is signed in, and who acts as them: asked now.
 *
 * Rejects with an `AuthError` where the server cannot say, and with the code `impersonation_ended` or `actor_mismatch` where the
 * impersonation is to be stopped.
 */
export function auth(store?: AuthStore): Promise<Session | NoSession>

/** The words of the banner. `{actor}`, `{user}`, `{time}` and `{minutes}` stand for what their names say. */
export interface BannerTexts {
  label: string
  acting: string
  left: string
  minutes: string
  stop: string
  ended: string
  back: string
  failed: string
}

/**
 * `<impersonation-banner>`: shows itself while somebody acts as the user.
 *
 * Attributes: `base`, `me` and `stop` (paths), `user-name` and `actor-name` (what to show for the ids), `position` (`top`, the
 * default, or `bottom`), `return-to` (the page after a stop; by default this one is loaded again).
 */
export class ImpersonationBanner extends HTMLElement {
  /** Whose session it shows. By default, that of the paths in the attributes. */
  get store(): AuthStore
  set store(store: AuthStore | null | undefined)
  /** What it says; words that are left out stay as they are by default. */
  get texts(): Readonly<BannerTexts>
  set texts(texts: Partial<BannerTexts>)
}

/** The impersonation is about to be stopped by the button. `preventDefault()` leaves it as it is. */
export type StopEvent = CustomEvent<Record<string, never>>

/**
 * The impersonation has ended: by the button (`stopped`), after which `preventDefault()` keeps the page as it is, or otherwise.
 */
export type EndedEvent = CustomEvent<{ readonly stopped: boolean }>

declare global {
  interface HTMLElementTagNameMap {
    'impersonation-banner': ImpersonationBanner
  }
  interface HTMLElementEventMap {
    'actas-stop': StopEvent
    'actas-ended': EndedEvent
  }
}
