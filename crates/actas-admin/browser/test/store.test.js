import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'

import { AuthError, AuthStore, auth, authStore } from 'actas'

import { Clock, settled } from './support/clock.js'
import { Server, json, problem } from './support/server.js'

const START = Date.UTC(2026, 10, 25, 7)
const ME = '/auth/me'
const STOP = '/impersonations/current/stop'
const MINUTE = 60_000

const direct = { userId: 'user_1', actor: null, sessionId: 'sess_1', expiresAt: START + 60 * MINUTE }
const acted = { ...direct, actor: { sub: 'admin_1', reason: 'invoice' }, sessionId: 'sess_2', expiresAt: START + 30 * MINUTE }
const nobody = { userId: null, actor: null, sessionId: null, expiresAt: null }

let clock
let server
let store

beforeEach(() => {
  clock = new Clock(START)
  server = new Server()
  store = new AuthStore({ fetch: server.fetch, clock })
})

/** Answers the next request, and what it changed has been told. */
async function answered(response) {
  server.answer(response)
  await settled()
  return store.getSnapshot()
}

async function follow(first) {
  store.subscribe(() => {})
  await settled()
  return answered(first)
}

function known({ userId, actor, sessionId, expiresAt }) {
  return { userId, actor, sessionId, expiresAt }
}

describe('what the server says', () => {
  test('it is asked on this origin alone, past every cache, and sent nowhere else', async () => {
    void store.refresh()
    await settled()
    const [{ url, init }] = server.requests
    assert.equal(url, ME)
    assert.equal(init.cache, 'no-store')
    assert.equal(init.credentials, 'same-origin')
    assert.equal(init.mode, 'same-origin')
    assert.equal(init.redirect, 'error')
    assert.equal(init.method ?? 'GET', 'GET')
  })

  test('all is undefined until it has answered', async () => {
    const loading = store.getSnapshot()
    assert.equal(loading.isLoaded, false)
    for (const name of ['isSignedIn', 'userId', 'actor', 'sessionId', 'expiresAt']) {
      assert.equal(loading[name], undefined, name)
    }
    assert.equal(store.getServerSnapshot(), loading)
  })

  test('a direct session has no actor, and an impersonated one has', async () => {
    for (const session of [direct, acted, { ...direct, sessionId: null }]) {
      server.answers.set(ME, () => json(session))
      const snapshot = await store.refresh()
      assert.deepEqual(known(snapshot), session)
      assert.equal(snapshot.isSignedIn, true)
      assert.deepEqual(await auth(store), session)
      assert.ok(Object.isFrozen(snapshot))
    }
  })

  test('whoever has no session is nobody', async () => {
    for (const code of ['missing_credential', 'invalid_token', 'session_pending']) {
      server.answers.set(ME, () => problem(401, code))
      const snapshot = await store.refresh()
      assert.deepEqual(known(snapshot), nobody)
      assert.deepEqual([snapshot.isLoaded, snapshot.isSignedIn, snapshot.isEnded], [true, false, false])
      assert.deepEqual(await auth(store), nobody)
    }
  })

  test('an impersonation that has ended is told from being signed out', async () => {
    for (const code of ['impersonation_ended', 'actor_mismatch']) {
      server.answers.set(ME, () => problem(401, code))
      const snapshot = await store.refresh()
      assert.deepEqual(known(snapshot), nobody)
      assert.equal(snapshot.isEnded, true)
      assert.equal(snapshot.error.code, code)
      await assert.rejects(auth(store), (error) => error instanceof AuthError && error.code === code)
    }
  })

  test('an answer that does not say who acts is no session', async () => {
    const { actor: _, ...without } = direct
    for (const answer of [
      without,
      { ...direct, actor: {} },
      { ...direct, actor: 'admin_1' },
      { ...direct, actor: false },
      { ...direct, actor: { sub: '' } },
      { ...direct, actor: ['admin_1'] },
      { ...direct, userId: '' },
      { ...direct, userId: undefined },
      { ...direct, sessionId: undefined },
      { ...direct, expiresAt: '1' },
      { ...direct, expiresAt: null },
      null,
      [],
      'x',
      '<!doctype html>',
      '',
    ]) {
      server.answers.set(ME, () => json(answer))
      const snapshot = await store.refresh()
      assert.equal(snapshot.isLoaded, false, JSON.stringify(answer))
      assert.equal(snapshot.error.code, 'bad_answer')
      await assert.rejects(auth(store), { name: 'AuthError', code: 'bad_answer' })
    }
  })

  test('errors have the code of the server, or say that there was no answer', async () => {
    for (const [answer, code, status] of [
      [() => problem(503, 'audit_unavailable'), 'audit_unavailable', 503],
      [() => problem(500, 'missing_layer'), 'missing_layer', 500],
      [() => problem(400, 'invalid_request'), 'invalid_request', 400],
      [() => json('<h1>Bad gateway</h1>', { status: 502 }), 'http', 502],
      [() => json({ code: 7 }, { status: 404 }), 'http', 404],
      [() => Promise.reject(new TypeError('no network')), 'network', 0],
    ]) {
      server.answers.set(ME, answer)
      const { error } = await store.refresh()
      assert.ok(error instanceof AuthError)
      assert.deepEqual([error.code, error.status], [code, status])
    }
  })

  test('what was known stays while the server cannot say more', async () => {
    await follow(json(acted))
    void store.refresh()
    await settled()
    const snapshot = await answered(problem(503, 'audit_unavailable'))
    assert.deepEqual(known(snapshot), acted)
    assert.equal(snapshot.error.code, 'audit_unavailable')
    void store.refresh()
    await settled()
    assert.equal((await answered(json(acted))).error, null)
  })
})

describe('when it is asked', () => {
  test('one request is under way, whoever asks', async () => {
    let told = 0
    store.subscribe(() => (told += 1))
    store.subscribe(() => (told += 1))
    const both = [store.refresh(), store.refresh()]
    await settled()
    assert.equal(server.requests.length, 1)
    await answered(json(direct))
    assert.equal((await both[0]), (await both[1]))
    assert.equal(told, 2)
  })

  test('who has heard it is not told it again, and keeps the same object', async () => {
    const before = await follow(json(acted))
    let told = 0
    store.subscribe(() => (told += 1))
    void store.refresh()
    await settled()
    assert.equal(await answered(json(acted)), before)
    assert.equal(told, 0)
  })

  test('a request that is not answered is given up', async () => {
    void store.refresh()
    await clock.forward(29_999)
    assert.equal(store.getSnapshot().error, null)
    await clock.forward(1)
    assert.equal(store.getSnapshot().error.code, 'network')
    void store.refresh()
    await settled()
    assert.equal((await answered(json(direct))).userId, 'user_1')
    assert.deepEqual(clock.delays, [])
  })

  test('at its expiry', async () => {
    await follow(json(direct))
    await clock.forward(60 * MINUTE - 1)
    assert.equal(server.requests.length, 1)
    await clock.forward(1)
    assert.equal(server.requests.length, 2)
    const snapshot = await answered(json({ ...direct, expiresAt: START + 120 * MINUTE }))
    assert.equal(snapshot.expiresAt, START + 120 * MINUTE)
    assert.deepEqual(clock.delays, [60 * MINUTE])
  })

  test('at an expiry that is further off than a timer holds', async () => {
    const years = 2 * 365 * 24 * 60 * MINUTE
    await follow(json({ ...direct, expiresAt: START + years }))
    assert.ok(clock.delays[0] < 2 ** 31)
    await clock.forward(years - 1)
    assert.equal(server.requests.length, 1)
    await clock.forward(1)
    assert.equal(server.requests.length, 2)
  })

  test('not by those who have left', async () => {
    const leave = store.subscribe(() => {})
    const other = store.subscribe(() => {})
    await settled()
    await answered(json(direct))
    leave()
    leave()
    assert.equal(clock.delays.length, 1)
    other()
    assert.deepEqual(clock.delays, [])
    store.subscribe(() => {})
    await settled()
    assert.equal(server.requests.length, 2)
  })

  test('by the clock of the server', async () => {
    const ahead = 10 * MINUTE
    clock.jump(ahead)
    const snapshot = await follow(json(acted, { date: START }))
    assert.equal(snapshot.isEnded, false)
    assert.equal(store.now(), START)
    await clock.forward(30 * MINUTE - 1)
    assert.equal(server.requests.length, 1)
    await clock.forward(1)
    assert.equal(server.requests.length, 2)
  })
})

describe('the end of an impersonation', () => {
  test('is when the server says so', async () => {
    await follow(json(acted))
    await clock.forward(30 * MINUTE)
    const snapshot = await answered(problem(401, 'impersonation_ended'))
    assert.equal(snapshot.isEnded, true)
    assert.deepEqual(clock.delays, [])
  })

  test('is at its time where the server cannot be reached, which is asked again a few times', async () => {
    await follow(json(acted))
    server.answers.set(ME, () => Promise.reject(new TypeError('no network')))
    await clock.forward(30 * MINUTE)
    assert.equal(store.getSnapshot().isEnded, true)
    assert.deepEqual(known(store.getSnapshot()), nobody)
    assert.equal(server.count(ME), 2)
    await clock.forward(24 * 60 * MINUTE)
    assert.equal(server.count(ME), 2 + 6)
    const end = clock.now() + MINUTE
    server.answers.set(ME, () => json({ ...acted, expiresAt: end }))
    await store.refresh()
    await clock.forward(24 * 60 * MINUTE)
    assert.equal(server.count(ME), 2 + 6 + 2 + 6, 'and as often when the next one is over')
  })

  test('is at its time where the server still takes the token', async () => {
    server.answers.set(ME, () => json(acted))
    store.subscribe(() => {})
    await clock.forward(30 * MINUTE)
    assert.equal(store.getSnapshot().isEnded, true)
    server.answers.set(ME, () => json({ ...acted, expiresAt: START + 31 * MINUTE }))
    await clock.forward(1000)
    assert.equal(store.getSnapshot().isEnded, false)
    assert.equal(store.getSnapshot().actor.sub, 'admin_1')
  })

  test('a direct session does not end by the clock of the page', async () => {
    await follow(json(direct))
    server.answers.set(ME, () => json(direct))
    await clock.forward(60 * MINUTE)
    assert.equal(store.getSnapshot().isSignedIn, true)
  })
})

describe('stop', () => {
  test('is a POST of JSON to this origin, and then it is asked who is there', async () => {
    await follow(json(acted))
    const stopped = store.stop()
    await settled()
    const { url, init } = server.requests[1]
    assert.equal(url, STOP)
    assert.equal(init.method, 'POST')
    assert.equal(init.headers['content-type'], 'application/json')
    assert.equal(init.mode, 'same-origin')
    JSON.parse(init.body)
    await answered(json({}))
    assert.equal(store.getSnapshot().isLoaded, false, 'what was is not said any longer')
    await answered(json(direct))
    assert.equal((await stopped).actor, null)
    assert.equal(server.requests.length, 3)
  })

  test('what was asked before it is not believed', async () => {
    server.isDeaf = true
    await follow(json(acted))
    const seen = []
    store.subscribe(() => seen.push(store.getSnapshot().actor))
    const refreshed = store.refresh()
    await settled()
    assert.equal(server.count(ME), 2)
    const stopped = store.stop()
    const again = store.refresh()
    assert.ok(server.requests[1].init.signal.aborted)
    await answered(json(acted))
    assert.equal(server.count(ME), 2, 'none is asked while it is under way')
    await answered(json({}))
    await answered(json(direct))
    for (const asked of [refreshed, again, stopped]) {
      assert.equal((await asked).actor, null)
    }
    assert.deepEqual(seen, [undefined, null])
  })

  test('is sent once, however often it is pressed', async () => {
    server.answers.set(ME, () => json(direct))
    const both = [store.stop(), store.stop()]
    await settled()
    assert.equal(server.count(STOP), 1)
    await answered(json({}))
    await Promise.all(both)
    void store.stop()
    await settled()
    assert.equal(server.count(STOP), 2)
  })

  test('that fails says why, and leaves what is known', async () => {
    await follow(json(acted))
    for (const [answer, code] of [
      [() => problem(403, 'cross_site'), 'cross_site'],
      [() => json('', { status: 404 }), 'http'],
      [() => Promise.reject(new TypeError('no network')), 'network'],
    ]) {
      server.answers.set(STOP, answer)
      await assert.rejects(store.stop(), { name: 'AuthError', code })
      assert.deepEqual(known(store.getSnapshot()), acted)
    }
  })
})

describe('where it is asked', () => {
  test('below a base, or at paths of their own', async () => {
    for (const [options, me, stop] of [
      [{ base: '/support' }, '/support/auth/me', '/support/impersonations/current/stop'],
      [{ base: '/a', stop: '/b/stop' }, '/a/auth/me', '/b/stop'],
      [{ me: '/whoami' }, '/whoami', STOP],
    ]) {
      server.answers.set(me, () => json(direct)).set(stop, () => json({}))
      const other = new AuthStore({ ...options, fetch: server.fetch, clock })
      await other.stop()
      assert.deepEqual(server.requests.splice(0).map(({ url }) => url), [stop, me])
    }
  })

  test('everyone on a page shares the store of the same paths', () => {
    assert.equal(authStore(), authStore({}))
    assert.equal(authStore({ base: '/a' }), authStore({ base: '/a' }))
    assert.notEqual(authStore({ base: '/a' }), authStore())
  })
})
