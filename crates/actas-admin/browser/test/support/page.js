import { Window } from 'happy-dom'

const NAMES = [
  'CSSStyleSheet',
  'CustomEvent',
  'Event',
  'HTMLElement',
  'MutationObserver',
  'customElements',
  'document',
  'getComputedStyle',
  'location',
  'navigator',
  'window',
]

/** Makes this process one page. What happy-dom has not, is written down here: the top layer, and sizes. */
export const page = new Window({ url: 'https://app.example/orders?page=2' })
for (const name of NAMES) {
  const value = name === 'window' ? page : page[name]
  // Some of them node has as well, and only for reading.
  Object.defineProperty(globalThis, name, {
    value: name === 'getComputedStyle' ? value.bind(page) : value,
    configurable: true,
    writable: true,
  })
}

/** The elements in the top layer, the uppermost last. */
export const topLayer = []

page.HTMLElement.prototype.showPopover = function () {
  if (!this.isConnected || topLayer.includes(this)) {
    throw new page.DOMException('it is shown, or nowhere', 'InvalidStateError')
  }
  topLayer.push(this)
}

page.HTMLElement.prototype.hidePopover = function () {
  const index = topLayer.indexOf(this)
  if (index >= 0) {
    topLayer.splice(index, 1)
    this.getRootNode().activeElement?.blur()
  }
}

/** How high the banner is, in pixels. */
export const size = { height: 40, observers: new Set() }

page.HTMLElement.prototype.getBoundingClientRect = function () {
  return { height: size.height }
}

globalThis.ResizeObserver = class {
  constructor(callback) {
    this.callback = callback
  }

  observe() {
    size.observers.add(this)
  }

  disconnect() {
    size.observers.delete(this)
  }
}

export function resize(height) {
  size.height = height
  for (const { callback } of size.observers) {
    callback()
  }
}

/** How often the page was loaded again, and where it went. */
export const visits = []
page.location.reload = () => visits.push('reload')
page.location.assign = (url) => visits.push(String(url))
