import { topLayer } from './support/page.js'

import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { build } from 'vite'

import { settled } from './support/clock.js'
import { json, problem } from './support/server.js'

const acted = { userId: 'user_1', actor: { sub: 'admin_1' }, sessionId: 'sess_2', expiresAt: Date.now() + 60_000 }

test('an application of React 19, built by Vite, shows the hook and the banner', async (context) => {
  const outDir = await mkdtemp(join(tmpdir(), 'actas-app-'))
  context.after(() => rm(outDir, { recursive: true }))
  await build({
    root: fileURLToPath(new URL('app', import.meta.url)),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, modulePreload: { polyfill: false } },
  })
  const html = await readFile(join(outDir, 'index.html'), 'utf8')
  const [script, ...others] = (await readdir(join(outDir, 'assets'))).filter((name) => name.endsWith('.js'))
  assert.deepEqual(others, [])
  assert.ok(html.includes(script))

  const asked = []
  globalThis.fetch = (url, init) => {
    asked.push(`${init.method ?? 'GET'} ${url}`)
    return Promise.resolve(json(acted))
  }
  document.body.innerHTML = '<div id="root"></div>'
  await import(pathToFileURL(join(outDir, 'assets', script)))
  const root = document.getElementById('root')
  const shows = async (text) => {
    for (let turn = 0; turn < 1000 && root.querySelector('p')?.textContent !== text; turn += 1) {
      await settled()
    }
    assert.equal(root.querySelector('p')?.textContent, text)
  }
  await shows('admin_1 acts as user_1')
  const banner = root.querySelector('impersonation-banner')
  assert.equal(topLayer.length, 1)
  assert.equal(banner.shadowRoot.querySelector('p').textContent, 'admin_1 acts as Ann')
  assert.deepEqual(asked, ['GET /auth/me'], 'the hook and the banner ask once for both')

  globalThis.fetch = (url) => {
    asked.push(url)
    return Promise.resolve(url === '/auth/me' ? problem(401, 'missing_credential') : json({}))
  }
  banner.shadowRoot.querySelector('button').click()
  await shows('nobody')
  await settled()
  assert.deepEqual(asked.slice(1), ['/impersonations/current/stop', '/auth/me'])
  assert.deepEqual(topLayer, [])
  banner.remove()
})
