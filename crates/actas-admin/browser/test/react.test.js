import './support/page.js'

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { StrictMode, createElement as h } from 'react'
import { act } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'

import { Clock, settled } from './support/clock.js'
import { Server, json, problem } from './support/server.js'

const { AuthStore } = await import('actas')
const { useAuth } = await import('actas/react')

globalThis.IS_REACT_ACT_ENVIRONMENT = true

const START = Date.UTC(2026, 10, 25, 7)
const session = { userId: 'user_1', actor: null, sessionId: 'sess_1', expiresAt: START + 60_000 }

let clock
let server
let store
let renders

beforeEach(() => {
  clock = new Clock(START)
  server = new Server()
  store = new AuthStore({ fetch: server.fetch, clock })
  renders = []
})

function Who() {
  const auth = useAuth(store)
  renders.push(auth)
  return String(auth.userId)
}

const last = () => renders.at(-1)

test('fields are undefined while it loads, and those of the session then', async () => {
  const root = createRoot(document.createElement('div'))
  await act(() => root.render(h(StrictMode, null, h(Who), h(Who))))
  for (const name of ['isSignedIn', 'userId', 'sessionId', 'actor', 'expiresAt']) {
    assert.equal(last()[name], undefined, name)
  }
  assert.equal(last().isLoaded, false)
  assert.equal(server.requests.length, 1)

  await act(async () => {
    server.answer(json({ ...session, actor: { sub: 'admin_1' } }))
    await settled()
  })
  assert.equal(last().actor.sub, 'admin_1')
  assert.equal(last().isSignedIn, true)

  server.answers.set('/auth/me', () => json(session))
  await act(() => store.refresh())
  assert.equal(last().actor, null)

  server.answers.set('/auth/me', () => problem(401, 'missing_credential'))
  await act(() => store.refresh())
  assert.deepEqual([last().isLoaded, last().isSignedIn, last().userId, last().sessionId, last().actor], [true, false, null, null, null])

  const before = renders.length
  await act(() => store.refresh())
  assert.equal(renders.length, before, 'nothing changed, and nothing is drawn')
  await act(() => root.unmount())
  assert.deepEqual(clock.delays, [])
})

test('a server renders that it is loading, and the browser goes on from there', async () => {
  server.answers.set('/auth/me', () => json(session))
  await store.refresh()
  const html = renderToString(h(Who))
  assert.equal(html, 'undefined')
  assert.equal(server.requests.length, 1, 'a server asks nobody')

  const container = document.createElement('div')
  container.innerHTML = html
  const mismatches = []
  const root = await act(() => hydrateRoot(container, h(Who), { onRecoverableError: (error) => mismatches.push(error) }))
  assert.deepEqual(mismatches, [])
  assert.equal(container.textContent, 'user_1')
  await act(() => root.unmount())
})
