// Who is signed in on this page, who acts as them, and a banner that says so and stops it.
//
// One file, because a server hands it out as it is: no build joins the parts, and none depends on another package.

/** Milliseconds after which a server that does not answer is taken for one that cannot be reached. */
const PATIENCE = 30_000
/** The longest delay that a timer of a browser holds. */
const LONGEST_DELAY = 2 ** 31 - 1
/** Times that a session whose end has come is asked after without anybody's doing: after 1, 2, 4, … seconds. */
const LATE_ATTEMPTS = 6
/** Refusals after which it is the impersonation that is to be stopped. */
const ENDED = ['impersonation_ended', 'actor_mismatch']

const NOBODY = { userId: null, actor: null, sessionId: null, expiresAt: null }
const LOADING = Object.freeze({
  isLoaded: false,
  isSignedIn: undefined,
  isEnded: false,
  userId: undefined,
  actor: undefined,
  sessionId: undefined,
  expiresAt: undefined,
  error: null,
})

const CLOCK = {
  now: () => Date.now(),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (timer) => clearTimeout(timer),
}

/** What went wrong: `code` is the server's, or `network`, `http` or `bad_answer`; `status` is 0 where there was no answer. */
export class AuthError extends Error {
  constructor(code, status = 0, message = code) {
    super(message)
    this.name = 'AuthError'
    this.code = code
    this.status = status
  }
}

/** The session of this page, as the server sees it: asked when somebody subscribes, at its expiry, and when the page is looked at. */
export class AuthStore {
  #me
  #stopAt
  #fetch
  #clock
  #snapshot = LOADING
  #listeners = new Set()
  #expiresAt = null
  #offset = 0
  #late = 0
  #timer
  #asking
  #request
  #stops = 0
  #stopping
  #stopped

  constructor({ base = '', me, stop, fetch, clock = CLOCK } = {}) {
    this.#me = me ?? `${base}/auth/me`
    this.#stopAt = stop ?? `${base}/impersonations/current/stop`
    this.#fetch = fetch ?? ((url, init) => globalThis.fetch(url, init))
    this.#clock = clock
  }

  get clock() {
    return this.#clock
  }

  /** Milliseconds since the Unix epoch, by the server's clock where it told the time. */
  now = () => this.#clock.now() + this.#offset

  getSnapshot = () => this.#snapshot

  getServerSnapshot = () => LOADING

  subscribe = (listener) => {
    const entry = () => listener()
    this.#listeners.add(entry)
    if (this.#listeners.size === 1) {
      this.#listen('addEventListener')
      void this.refresh()
    }
    return () => {
      this.#listeners.delete(entry)
      if (this.#listeners.size === 0) {
        this.#listen('removeEventListener')
        this.#clock.clearTimeout(this.#timer)
      }
    }
  }

  /** Asks the server, and resolves to the snapshot that comes of it. While it is asked, it is not asked again. */
  refresh = () => {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** Stops the impersonation, and asks who is there now. What was asked before counts for nothing. */
  stop = () => {
    if (!this.#stopped) {
      this.#stops += 1
      this.#request?.abort()
      const posted = this.#send(this.#stopAt, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: '{}',
      })
      this.#stopping = posted.catch(() => {})
      this.#stopped = posted
        .then(() => {
          this.#set(LOADING)
          return this.refresh()
        })
        .finally(() => {
          this.#stopped = undefined
        })
    }
    return this.#stopped
  }

  async #ask() {
    for (;;) {
      await this.#stopping
      const stops = this.#stops
      const snapshot = await this.#load().then((session) => this.#signedIn(session), (error) => this.#failed(error))
      if (stops === this.#stops) {
        this.#set(snapshot)
        this.#schedule()
        return this.#snapshot
      }
    }
  }

  async #load() {
    const session = await this.#send(this.#me, { headers: { accept: 'application/json' } })
    // An answer without `actor` says nothing of who acts: it is none of ours, and not a direct session.
    const isText = (value) => typeof value === 'string' && value !== ''
    const isActor = session?.actor === null || (typeof session?.actor === 'object' && isText(session.actor?.sub))
    const isSession = session?.sessionId === null || isText(session?.sessionId)
    if (!isText(session?.userId) || !isActor || !isSession || !Number.isFinite(session.expiresAt)) {
      throw new AuthError('bad_answer', 200)
    }
    return session
  }

  async #send(url, init) {
    const request = new AbortController()
    const timer = this.#clock.setTimeout(() => request.abort(), PATIENCE)
    this.#request = request
    let response
    let text
    try {
      const { signal } = request
      const own = { cache: 'no-store', credentials: 'same-origin', mode: 'same-origin', redirect: 'error', signal }
      response = await this.#fetch(url, { ...own, ...init })
      text = await response.text()
    } catch (error) {
      throw new AuthError('network', 0, String(error?.message ?? error))
    } finally {
      this.#clock.clearTimeout(timer)
    }
    const date = Date.parse(response.headers.get('date') ?? '')
    this.#offset = Number.isNaN(date) ? 0 : date - this.#clock.now()
    let body
    try {
      body = JSON.parse(text)
    } catch {
      body = undefined
    }
    if (!response.ok) {
      const code = typeof body?.code === 'string' ? body.code : 'http'
      throw new AuthError(code, response.status, typeof body?.detail === 'string' ? body.detail : code)
    }
    return body
  }

  #signedIn({ userId, actor, sessionId, expiresAt }) {
    this.#expiresAt = expiresAt
    if (actor !== null && expiresAt <= this.now()) {
      return this.#ended(new AuthError('impersonation_ended', 401))
    }
    return { ...LOADING, isLoaded: true, isSignedIn: true, userId, actor, sessionId, expiresAt }
  }

  #failed(error) {
    if (error.status === 401) {
      this.#expiresAt = null
      const signedOut = { ...LOADING, ...NOBODY, isLoaded: true, isSignedIn: false }
      return ENDED.includes(error.code) ? this.#ended(error) : signedOut
    }
    const { actor, expiresAt } = this.#snapshot
    return actor && expiresAt <= this.now() ? this.#ended(error) : { ...this.#snapshot, error }
  }

  #ended(error) {
    return { ...LOADING, ...NOBODY, isLoaded: true, isSignedIn: false, isEnded: true, error }
  }

  #set(snapshot) {
    if (JSON.stringify(snapshot) === JSON.stringify(this.#snapshot)) {
      return
    }
    this.#snapshot = Object.freeze(snapshot)
    for (const entry of [...this.#listeners]) {
      entry()
    }
  }

  #schedule() {
    this.#clock.clearTimeout(this.#timer)
    if (this.#listeners.size === 0 || this.#expiresAt === null) {
      return
    }
    let delay = this.#expiresAt - this.now()
    if (delay > 0) {
      this.#late = 0
    } else if (this.#late < LATE_ATTEMPTS) {
      delay = 1000 * 2 ** this.#late
      this.#late += 1
    } else {
      return
    }
    this.#timer = this.#clock.setTimeout(
      () => (delay > LONGEST_DELAY ? this.#schedule() : this.#looked()),
      Math.min(delay, LONGEST_DELAY),
    )
  }

  /** Requests keep a session from being idle: a page that nobody sees makes none. */
  #looked = () => {
    if (globalThis.document?.visibilityState !== 'hidden') {
      void this.refresh()
    }
  }

  #restored = ({ persisted }) => {
    if (persisted) {
      this.#looked()
    }
  }

  #listen(how) {
    globalThis.window?.[how]('focus', this.#looked)
    globalThis.window?.[how]('pageshow', this.#restored)
    globalThis.document?.[how]('visibilitychange', this.#looked)
  }
}

const stores = new Map()

/** The store of the page for these paths: the same one, whoever asks for it. */
export function authStore({ base = '', me, stop } = {}) {
  const key = JSON.stringify([base, me, stop])
  if (!stores.has(key)) {
    stores.set(key, new AuthStore({ base, me, stop }))
  }
  return stores.get(key)
}

/** Who is signed in, and who acts as them: asked now. All is `null` where nobody is signed in. */
export async function auth(store = authStore()) {
  const { error, userId, actor, sessionId, expiresAt } = await store.refresh()
  if (error) {
    throw error
  }
  return { userId, actor, sessionId, expiresAt }
}

const STYLE = `
:host {
  all: initial !important;
  display: block !important;
  position: fixed !important;
  font: max(1rem, 14px)/1.4 system-ui, sans-serif !important;
  color-scheme: light dark !important;
}
[role="region"] {
  all: unset;
  position: fixed;
  inset: 0 0 auto;
  z-index: 2147483647;
  box-sizing: border-box;
  max-block-size: 50vh;
  overflow: auto;
  padding: 0.5em max(1em, env(safe-area-inset-right)) 0.5em max(1em, env(safe-area-inset-left));
  border-block: 1px solid #9a6b00;
  background: var(--actas-background, #ffd54a);
  color: var(--actas-color, #231a00);
}
[role="region"]:not([hidden]) {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: center;
  gap: 0.25em 1em;
}
[role="region"][hidden] {
  display: none;
}
[role="region"].bottom {
  inset: auto 0 0;
  padding-bottom: max(0.5em, env(safe-area-inset-bottom));
}
p {
  margin: 0;
  min-inline-size: 0;
  overflow-wrap: anywhere;
}
bdi {
  display: inline-block;
  max-inline-size: min(20em, 100%);
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  vertical-align: bottom;
  font-weight: 700;
}
[role="timer"] bdi {
  direction: ltr;
  font-variant-numeric: tabular-nums;
}
button {
  all: unset;
  box-sizing: border-box;
  min-block-size: 2.25em;
  padding: 0.25em 1em;
  border: 2px solid currentColor;
  border-radius: 0.4em;
  font-weight: 700;
  cursor: pointer;
}
button:focus-visible {
  outline: 3px solid currentColor;
  outline-offset: 2px;
}
button[aria-disabled="true"] {
  opacity: 0.6;
  cursor: default;
}
[role="status"] {
  position: fixed;
  inline-size: 1px;
  block-size: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}
@media (prefers-color-scheme: dark) {
  [role="region"] {
    background: var(--actas-background, #453200);
    color: var(--actas-color, #ffe9a8);
  }
}
@media print {
  [role="region"] {
    display: none !important;
  }
}
`

const TEXTS = Object.freeze({
  label: 'Impersonation',
  acting: '{actor} acts as {user}',
  left: 'Ends in {time}',
  minutes: 'Minutes left: {minutes}',
  stop: 'Stop',
  ended: 'The impersonation has ended.',
  back: 'Return',
  failed: 'It could not be stopped. Try again.',
})

/** Minutes before the end at which a screen reader says how many are left. */
const SPOKEN_MINUTES = [5, 1]

let style

/** `<impersonation-banner>`: shows itself while somebody acts as the user, on top of everything else. */
export class ImpersonationBanner extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ['base', 'me', 'stop', 'user-name', 'actor-name', 'position']

  #panel
  #who
  #left
  #button
  #status
  #store
  #ownStore
  #unsubscribe
  #texts = TEXTS
  #session
  #isEnded = false
  #isBusy = false
  #isShown = false
  #minutes = Infinity
  #timer
  #padding
  #resizes
  #opens
  #within

  constructor() {
    super()
    const make = (name, attributes) => {
      const element = document.createElement(name)
      for (const [attribute, value] of Object.entries(attributes)) {
        element.setAttribute(attribute, value)
      }
      return element
    }
    if (!style) {
      style = new CSSStyleSheet()
      style.replaceSync(STYLE)
    }
    const root = this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [style]
    this.#panel = make('div', { role: 'region', popover: 'manual', hidden: '' })
    this.#who = make('p', {})
    this.#left = make('p', { role: 'timer' })
    this.#button = make('button', { type: 'button' })
    // Outside of the panel: what is not shown yet cannot be listened to.
    this.#status = make('p', { role: 'status' })
    this.#panel.append(this.#who, this.#left, this.#button)
    root.append(this.#panel, this.#status)
    this.#button.addEventListener('click', () => void this.#press())
  }

  /** Whose session it shows. By default, that of the paths in the attributes. */
  get store() {
    const { base, me, stop } = this.#paths()
    return this.#ownStore ?? authStore({ base, me, stop })
  }

  set store(store) {
    this.#ownStore = store ?? undefined
    this.#bind()
  }

  /** What it says, in the words of the application: any of those of `TEXTS`. */
  get texts() {
    return this.#texts
  }

  set texts(texts) {
    this.#texts = Object.freeze({ ...TEXTS, ...texts })
    this.#draw()
  }

  connectedCallback() {
    this.#bind()
  }

  disconnectedCallback() {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    this.#hide()
  }

  attributeChangedCallback(name) {
    if (['base', 'me', 'stop'].includes(name)) {
      this.#bind()
    } else {
      this.#draw()
      if (this.#isShown) {
        this.#pad()
      }
    }
  }

  #paths() {
    const read = (name) => this.getAttribute(name) ?? undefined
    return { base: read('base'), me: read('me'), stop: read('stop') }
  }

  #bind() {
    if (!this.isConnected || (this.#unsubscribe && this.#store === this.store)) {
      return
    }
    this.#unsubscribe?.()
    this.#store = this.store
    this.#session = undefined
    this.#isEnded = false
    this.#unsubscribe = this.#store.subscribe(() => this.#follow())
    this.#follow()
  }

  /** Goes from one state to another: nobody acts, somebody does, and they did until a moment ago. */
  #follow() {
    // Whoever presses the button waits for what comes of it.
    if (this.#isBusy) {
      return
    }
    const snapshot = this.#store.getSnapshot()
    const wasEnded = this.#isEnded
    if (snapshot.isSignedIn && snapshot.actor) {
      const isNew = this.#session?.sessionId !== snapshot.sessionId || this.#session.actor.sub !== snapshot.actor.sub
      this.#session = snapshot
      this.#isEnded = false
      this.#draw()
      if (isNew || wasEnded) {
        this.#say(`${this.#who.textContent}. ${this.#text('minutes', { minutes: this.#minutesLeft() })}`)
      }
    } else if (snapshot.isEnded || (this.#session && snapshot.isLoaded)) {
      this.#isEnded = true
      this.#draw()
      if (!wasEnded) {
        this.#say(this.#texts.ended)
        this.#tell('actas-ended', false, { stopped: false })
      }
    } else {
      this.#draw()
    }
  }

  #draw() {
    this.#store?.clock.clearTimeout(this.#timer)
    if (!this.#unsubscribe || (!this.#session && !this.#isEnded)) {
      this.#hide()
      return
    }
    this.#panel.setAttribute('aria-label', this.#texts.label)
    this.#panel.classList.toggle('bottom', this.getAttribute('position') === 'bottom')
    this.#button.textContent = this.#isEnded ? this.#texts.back : this.#texts.stop
    this.#button.setAttribute('aria-disabled', String(this.#isBusy))
    this.#left.hidden = this.#isEnded
    if (this.#isEnded) {
      fill(this.#who, this.#texts.ended, {})
    } else {
      const { actor, userId } = this.#session
      fill(this.#who, this.#texts.acting, {
        actor: this.getAttribute('actor-name') || actor.sub,
        user: this.getAttribute('user-name') || userId,
      })
      this.#tick()
    }
    this.#show()
  }

  /** What is left is read from the clock each time: ticks may come late, and the end does not move. */
  #tick() {
    const left = Math.max(0, this.#session.expiresAt - this.#store.now())
    const seconds = Math.ceil(left / 1000)
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    const shown = parts[0] > 0 ? parts : parts.slice(1)
    const time = shown.map((part, index) => String(part).padStart(index > 0 ? 2 : 1, '0')).join(':')
    fill(this.#left, this.#texts.left, { time })

    const minutes = this.#minutesLeft()
    if (left > 0 && SPOKEN_MINUTES.some((mark) => minutes <= mark && mark < this.#minutes)) {
      this.#say(this.#text('minutes', { minutes }))
    }
    this.#minutes = minutes
    if (left > 0) {
      this.#timer = this.#store.clock.setTimeout(() => this.#tick(), left % 1000 || 1000)
    }
  }

  #minutesLeft() {
    return Math.ceil(Math.max(0, this.#session.expiresAt - this.#store.now()) / 60_000)
  }

  async #press() {
    if (this.#isBusy || (!this.#isEnded && !this.#tell('actas-stop', true))) {
      return
    }
    this.#isBusy = true
    this.#say('')
    this.#draw()
    try {
      const { isLoaded, isEnded, actor } = this.#store.getSnapshot()
      // Where it was stopped elsewhere, this page alone is behind.
      if (!isLoaded || isEnded || actor) {
        await this.#store.stop()
      }
    } catch {
      this.#isBusy = false
      this.#follow()
      this.#say(this.#texts.failed)
      return
    }
    this.#isBusy = false
    this.#session = undefined
    this.#isEnded = false
    if (this.#tell('actas-ended', true, { stopped: true })) {
      this.#leave()
    } else {
      this.#follow()
    }
  }

  #leave() {
    const to = this.getAttribute('return-to')
    const url = to === null ? undefined : new URL(to, location.href)
    if (url?.origin === location.origin) {
      location.assign(url)
    } else {
      location.reload()
    }
  }

  #tell(name, cancelable, detail = {}) {
    return this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, cancelable, detail }))
  }

  #say(text) {
    this.#status.textContent = text
  }

  #text(name, values) {
    return this.#texts[name].replace(PLACE, (place, key) => values[key] ?? place)
  }

  #show() {
    if (this.#isShown) {
      return
    }
    this.#isShown = true
    this.#panel.hidden = false
    this.#panel.showPopover?.()
    this.#pad()
    this.#resizes = new ResizeObserver(() => this.#pad())
    this.#resizes.observe(this.#panel)
    this.#opens = new MutationObserver((changes) => {
      if (changes.some(({ target }) => target.localName === 'dialog' && target.open)) {
        this.#raise()
      }
    })
    this.#opens.observe(document, { subtree: true, attributeFilter: ['open'] })
    this.#watch('addEventListener')
  }

  #hide() {
    this.#store?.clock.clearTimeout(this.#timer)
    if (!this.#isShown) {
      return
    }
    this.#isShown = false
    this.#watch('removeEventListener')
    this.#opens.disconnect()
    this.#resizes.disconnect()
    this.#panel.hidePopover?.()
    this.#panel.hidden = true
    this.#say('')
    this.#unpad()
  }

  #watch(how) {
    document[how]('toggle', this.#toggled, true)
    document[how]('fullscreenchange', this.#raise)
    document[how]('focusin', this.#focused)
  }

  #toggled = ({ newState }) => {
    if (newState === 'open') {
      this.#raise()
    }
  }

  /** A dialog in a shadow tree is seen by the focus that it takes, and by nothing else. */
  #focused = (event) => {
    const dialog = event.composedPath().find(({ localName, open }) => localName === 'dialog' && open)
    if (dialog && dialog !== this.#within) {
      this.#raise()
    }
    this.#within = dialog
  }

  /** The top layer is in the order in which its elements came: whoever comes last lies on top. */
  #raise = () => {
    if (!this.#isShown || !this.#panel.showPopover) {
      return
    }
    const focused = this.shadowRoot.activeElement
    this.#panel.hidePopover()
    this.#panel.showPopover()
    focused?.focus({ preventScroll: true })
  }

  /** Makes room in the page, beside what it has of its own. A sheet is no inline style, which a policy may forbid. */
  #pad() {
    this.#unpad()
    const side = this.getAttribute('position') === 'bottom' ? 'bottom' : 'top'
    const height = Math.ceil(this.#panel.getBoundingClientRect().height)
    const page = getComputedStyle(document.documentElement)
    const own = (name) => Number.parseFloat(page.getPropertyValue(`${name}-${side}`)) || 0
    this.#padding = new CSSStyleSheet()
    this.#padding.replaceSync(`@media screen { :root {
      --actas-banner-${side}: ${height}px;
      box-sizing: border-box !important;
      padding-${side}: ${own('padding') + height}px !important;
      scroll-padding-${side}: ${own('scroll-padding') + height}px !important;
    } }`)
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#padding]
  }

  #unpad() {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.#padding)
  }
}

const PLACE = /\{(\w+)\}/g

/** Writes a text with values in its places, each isolated from the text around it: a name in another script turns no other word. */
function fill(element, text, values) {
  const parts = text.split(PLACE).map((part, index) => {
    if (index % 2 === 0) {
      return part
    }
    const value = document.createElement('bdi')
    value.textContent = values[part] ?? `{${part}}`
    if (value.textContent.length > 20) {
      value.title = value.textContent
    }
    return value
  })
  element.replaceChildren(...parts)
}

globalThis.customElements?.define('impersonation-banner', ImpersonationBanner)
