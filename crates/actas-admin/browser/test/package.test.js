import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const read = (name) => readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8')

test('the modules import nothing but each other and React', () => {
  const imports = (name) => [...read(name).matchAll(/^(?:import|export)\b.*?from '([^']+)'/gm)].map(([, from]) => from)
  assert.deepEqual(imports('actas.js'), [])
  assert.deepEqual(imports('react.js'), ['react', './actas.js'])
})

test('what the types declare is there, and nothing else', async () => {
  for (const name of ['actas', 'react']) {
    const declared = [...read(`${name}.d.ts`).matchAll(/^export (?:class|function) (\w+)/gm)].map(([, value]) => value)
    const module = await import(`../${name}.js`)
    assert.deepEqual(declared.sort(), Object.keys(module).sort(), name)
  }
})

test('a server that renders can load both: nothing asks for a browser', async () => {
  assert.equal(globalThis.document, undefined)
  const { authStore } = await import('actas')
  assert.equal(authStore().getSnapshot().isLoaded, false)
})
