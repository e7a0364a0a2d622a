import { page, resize, size, topLayer, visits } from './support/page.js'

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'

import { Clock, settled } from './support/clock.js'
import { Server, json, problem } from './support/server.js'

const { AuthStore } = await import('actas')

const START = Date.UTC(2026, 10, 25, 7)
const ME = '/auth/me'
const STOP = '/impersonations/current/stop'
const SECOND = 1000
const MINUTE = 60 * SECOND

const direct = { userId: 'user_1', actor: null, sessionId: 'sess_1', expiresAt: START + 60 * MINUTE }
const acted = { ...direct, actor: { sub: 'admin_1' }, sessionId: 'sess_2', expiresAt: START + 30 * MINUTE }

let clock
let server
let store
let banner
let events

beforeEach(() => {
  clock = new Clock(START)
  server = new Server()
  store = new AuthStore({ fetch: server.fetch, clock })
  events = []
  for (const name of ['actas-stop', 'actas-ended']) {
    document.body.addEventListener(name, (event) => events.push([name, event.detail]), { once: false })
  }
})

afterEach(() => {
  document.body.remove()
  document.documentElement.append(document.createElement('body'))
  assert.deepEqual(topLayer, [], 'nothing is left behind')
  assert.deepEqual(document.adoptedStyleSheets, [])
  assert.equal(size.observers.size, 0)
  assert.deepEqual(clock.delays, [])
  resize(40)
  visits.length = 0
})

async function show(session, attributes = {}) {
  server.answers.set(ME, () => (session instanceof Response ? session.clone() : json(session)))
  banner = document.createElement('impersonation-banner')
  for (const [name, value] of Object.entries(attributes)) {
    banner.setAttribute(name, value)
  }
  banner.store = store
  document.body.append(banner)
  await clock.forward(0)
  return banner
}

const find = (selector) => banner.shadowRoot.querySelector(selector)
const panel = () => find('[role="region"]')
const isShown = () => !panel().hidden && topLayer.includes(panel())
const says = () => panel().querySelector('p').textContent
const timer = () => find('[role="timer"]')
const spoken = () => find('[role="status"]').textContent
const button = () => find('button')

async function press() {
  button().click()
  await settled()
}

describe('who acts as whom', () => {
  test('is said while somebody acts, and nothing is otherwise', async () => {
    for (const session of [direct, problem(401, 'missing_credential'), problem(503, 'keys_unavailable')]) {
      await show(session)
      assert.equal(isShown(), false)
      banner.remove()
    }
    await show(acted)
    assert.equal(isShown(), true)
    assert.equal(says(), 'admin_1 acts as user_1')
    assert.equal(panel().getAttribute('aria-label'), 'Impersonation')
    assert.equal(panel().getAttribute('popover'), 'manual')
    assert.equal(button().textContent, 'Stop')
  })

  test('names are text, whatever they hold, and turn nothing around them', async () => {
    const hostile = '<img src=x onerror="alert(1)">{user}\u202e'
    await show({ ...acted, actor: { sub: hostile } }, { 'user-name': 'مريم' })
    assert.equal(says(), `${hostile} acts as مريم`)
    assert.equal(find('img'), null)
    assert.deepEqual([...panel().querySelectorAll('p:first-child bdi')].map((bdi) => bdi.textContent), [hostile, 'مريم'])
    assert.equal(find('bdi').title, hostile, 'what is cut off can be read')
  })

  test('is said in the words of the application', async () => {
    await show(acted)
    banner.texts = { acting: '{user} ← {actor}', stop: 'Beenden' }
    assert.equal(says(), 'user_1 ← admin_1')
    assert.equal(button().textContent, 'Beenden')
    assert.equal(timer().textContent, 'Ends in 30:00')
    banner.setAttribute('actor-name', 'Ann')
    assert.equal(says(), 'user_1 ← Ann')
  })

  test('follows the session: begun and gone while the page is open', async () => {
    await show(direct)
    server.answers.set(ME, () => json(acted))
    page.dispatchEvent(new page.Event('focus'))
    await settled()
    assert.equal(isShown(), true)
    server.answers.set(ME, () => json({ ...acted, userId: 'user_2', sessionId: 'sess_3' }))
    document.dispatchEvent(new page.Event('visibilitychange'))
    await settled()
    assert.equal(says(), 'admin_1 acts as user_2')
    assert.deepEqual(events, [])
    server.answers.set(ME, () => json(direct))
    page.dispatchEvent(new page.Event('focus'))
    await settled()
    assert.equal(says(), 'The impersonation has ended.', 'the page is still that of the user')
    assert.deepEqual(events, [['actas-ended', { stopped: false }]])
  })

  test('is asked again when the page comes back from the past, and not while it is hidden', async () => {
    await show(acted)
    const back = new page.Event('pageshow')
    page.dispatchEvent(back)
    await settled()
    assert.equal(server.count(ME), 1)
    back.persisted = true
    page.dispatchEvent(back)
    await settled()
    assert.equal(server.count(ME), 2)
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
    page.dispatchEvent(new page.Event('focus'))
    await clock.forward(40 * MINUTE)
    delete document.visibilityState
    assert.equal(server.count(ME), 2)
  })

  test('is asked where the attributes say', async () => {
    const { fetch } = globalThis
    globalThis.fetch = server.fetch
    server.answers.set('/support/auth/me', () => json(acted)).set('/x/stop', () => json({}))
    document.body.innerHTML = '<impersonation-banner base="/support" stop="/x/stop"></impersonation-banner>'
    banner = document.body.firstChild
    await settled()
    assert.equal(isShown(), true)
    await press()
    assert.equal(server.count('/x/stop'), 1)
    globalThis.fetch = fetch
    banner.remove()
  })
})

describe('the countdown', () => {
  test('is what is left by the clock, in hours, minutes and seconds', async () => {
    await show({ ...acted, expiresAt: START + 90 * MINUTE + 400 })
    assert.equal(timer().textContent, 'Ends in 1:30:01')
    await clock.forward(400)
    assert.equal(timer().textContent, 'Ends in 1:30:00')
    await clock.forward(SECOND)
    assert.equal(timer().textContent, 'Ends in 1:29:59')
    await clock.forward(80 * MINUTE + 54 * SECOND)
    assert.equal(timer().textContent, 'Ends in 9:05')
  })

  test('does not drift: ticks that came late or not at all are made good', async () => {
    await show(acted)
    clock.jump(10 * MINUTE + 300)
    await clock.forward(0)
    assert.equal(timer().textContent, 'Ends in 20:00')
    assert.ok(clock.delays.includes(700), 'the next one is on the second')
    await clock.forward(700)
    assert.equal(timer().textContent, 'Ends in 19:59')
  })

  test('reaches zero, and then the impersonation has ended', async () => {
    await show(acted)
    server.answers.set(ME, () => problem(401, 'impersonation_ended'))
    await clock.forward(30 * MINUTE - 1)
    assert.equal(timer().textContent, 'Ends in 0:01')
    await clock.forward(1)
    assert.equal(says(), 'The impersonation has ended.')
    assert.equal(timer().hidden, true)
    assert.equal(button().textContent, 'Return')
    assert.deepEqual(events, [['actas-ended', { stopped: false }]])
    assert.equal(isShown(), true)
  })

  test('reaches zero where the server cannot be asked, too', async () => {
    await show(acted)
    server.answers.set(ME, () => Promise.reject(new TypeError('no network')))
    await clock.forward(30 * MINUTE)
    assert.equal(says(), 'The impersonation has ended.')
    assert.equal(events.length, 1)
    banner.remove()
  })

  test('is not told again when nothing changed for whoever listens', async () => {
    await show(acted)
    find('[role="status"]').textContent = ''
    server.answers.set(ME, () => problem(503, 'keys_unavailable'))
    await store.refresh()
    await clock.forward(10 * SECOND)
    assert.equal(spoken(), '')
  })

  test('goes on where the session does', async () => {
    await show(acted)
    server.answers.set(ME, () => json({ ...acted, expiresAt: START + 45 * MINUTE }))
    await clock.forward(30 * MINUTE)
    assert.equal(timer().textContent, 'Ends in 15:00')
    assert.deepEqual(events, [])
  })

  test('is told to a screen reader at the start, five minutes and one before the end, and at the end', async () => {
    await show(acted)
    assert.equal(timer().getAttribute('role'), 'timer')
    const told = [spoken()]
    for (let second = 0; second < 30 * 60; second += 1) {
      if (second === 30 * 60 - 1) {
        server.answers.set(ME, () => problem(401, 'impersonation_ended'))
      }
      await clock.forward(SECOND)
      if (spoken() !== told.at(-1)) {
        told.push(spoken())
      }
    }
    assert.deepEqual(told, [
      'admin_1 acts as user_1. Minutes left: 30',
      'Minutes left: 5',
      'Minutes left: 1',
      'The impersonation has ended.',
    ])
  })
})

describe('the button', () => {
  beforeEach(() => server.answers.set(STOP, () => json({})))

  test('stops, and loads the page again', async () => {
    await show(acted)
    server.answers.set(ME, () => json(direct))
    await press()
    assert.equal(server.count(STOP), 1)
    assert.deepEqual(events, [
      ['actas-stop', {}],
      ['actas-ended', { stopped: true }],
    ])
    assert.deepEqual(visits, ['reload'])
  })

  test('leads to a page of this origin, and to no other', async () => {
    for (const [to, visit] of [
      ['/support', 'https://app.example/support'],
      ['done?x=1', 'https://app.example/done?x=1'],
      ['https://evil.example/', 'reload'],
      ['//evil.example/', 'reload'],
      ['javascript:alert(1)', 'reload'],
    ]) {
      await show(acted, { 'return-to': to })
      await press()
      assert.equal(visits.pop(), visit, to)
      banner.remove()
    }
  })

  test('leaves the rest to an application that says so', async () => {
    await show(acted)
    server.answers.set(ME, () => json(direct))
    banner.addEventListener('actas-ended', (event) => event.preventDefault())
    await press()
    assert.deepEqual(visits, [])
    assert.equal(isShown(), false)
    assert.equal(events.length, 2)

    server.answers.set(ME, () => json(acted))
    await store.refresh()
    banner.addEventListener('actas-stop', (event) => event.preventDefault())
    await press()
    assert.equal(server.count(STOP), 1)
    assert.equal(isShown(), true)
  })

  test('says that it failed, keeps the focus, and can be pressed again', async () => {
    await show(acted)
    server.answers.delete(STOP)
    button().focus()
    await press()
    await press()
    assert.equal(button().getAttribute('aria-disabled'), 'true')
    assert.equal(server.count(STOP), 1)
    assert.equal(events.length, 1)
    server.answer(problem(503, 'audit_unavailable'))
    await settled()
    assert.equal(spoken(), 'It could not be stopped. Try again.')
    assert.equal(button().getAttribute('aria-disabled'), 'false')
    assert.equal(banner.shadowRoot.activeElement, button())
    assert.deepEqual(visits, [])
    server.answers.set(STOP, () => json({}))
    await press()
    assert.deepEqual(visits, ['reload'])
  })

  test('returns from an impersonation that has ended, which it stops in the browser', async () => {
    await show(problem(401, 'impersonation_ended'))
    assert.equal(says(), 'The impersonation has ended.')
    await press()
    assert.equal(server.count(STOP), 1)
    assert.deepEqual(visits, ['reload'])
    assert.ok(!events.some(([name]) => name === 'actas-stop'))
  })

  test('returns from one that was stopped elsewhere, where there is nothing to stop', async () => {
    await show(acted)
    server.answers.set(ME, () => json(direct))
    await store.refresh()
    await press()
    assert.equal(server.count(STOP), 0)
    assert.deepEqual(visits, ['reload'])
  })
})

describe('its place', () => {
  const padding = (side) => getComputedStyle(document.documentElement).getPropertyValue(`padding-${side}`)

  test('is made in the page, as much as it takes, and given back', async () => {
    document.documentElement.style.paddingTop = '12px'
    await show(acted)
    assert.equal(padding('top'), '52px')
    assert.match(document.adoptedStyleSheets[0].cssRules[0].cssText, /--actas-banner-top: 40px/)
    resize(90)
    assert.equal(padding('top'), '102px')
    banner.setAttribute('position', 'bottom')
    assert.deepEqual([padding('top'), padding('bottom')], ['12px', '90px'])
    assert.ok(panel().classList.contains('bottom'))
    banner.remove()
    assert.deepEqual([padding('top'), padding('bottom')], ['12px', ''])
    document.documentElement.style.paddingTop = ''
  })

  test('needs no inline style, which a policy may forbid', async () => {
    await show(acted)
    for (const element of [banner, ...banner.shadowRoot.querySelectorAll('*'), document.documentElement, document.body]) {
      assert.equal(element.getAttribute('style') || null, null, element.localName)
    }
    assert.equal(banner.shadowRoot.querySelector('style'), null)
    assert.equal(banner.shadowRoot.adoptedStyleSheets.length, 1)
  })

  test('is on top of whatever opens later', async () => {
    await show(acted)
    const own = panel()
    const over = (element) => {
      topLayer.push(element)
      return () => topLayer.splice(topLayer.indexOf(element), 1)
    }

    const dialog = document.createElement('dialog')
    document.body.append(dialog)
    let close = over(dialog)
    dialog.setAttribute('open', '')
    await settled()
    assert.equal(topLayer.at(-1), own, 'a dialog')
    close()

    const popover = document.createElement('div')
    document.body.append(popover)
    close = over(popover)
    popover.dispatchEvent(Object.assign(new page.Event('toggle'), { newState: 'open' }))
    assert.equal(topLayer.at(-1), own, 'a popover')
    popover.dispatchEvent(Object.assign(new page.Event('toggle'), { newState: 'closed' }))
    close()

    close = over(document.body)
    document.dispatchEvent(new page.Event('fullscreenchange'))
    assert.equal(topLayer.at(-1), own, 'the full screen')
    close()

    const host = document.createElement('div')
    document.body.append(host)
    const hidden = document.createElement('dialog')
    host.attachShadow({ mode: 'open' }).append(hidden)
    close = over(hidden)
    hidden.open = true
    hidden.dispatchEvent(new page.Event('focusin', { bubbles: true, composed: true }))
    assert.equal(topLayer.at(-1), own, 'a dialog in a shadow tree')
    topLayer.reverse()
    hidden.dispatchEvent(new page.Event('focusin', { bubbles: true, composed: true }))
    assert.equal(topLayer.at(-1), hidden, 'once, and not at each move of the focus')
    close()
  })

  test('is taken again with the focus where it was', async () => {
    await show(acted)
    button().focus()
    document.dispatchEvent(new page.Event('fullscreenchange'))
    assert.equal(banner.shadowRoot.activeElement, button())
  })
})
