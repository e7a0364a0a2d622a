/** A clock that stands where it is put: timers go off when it is moved to their time. */
export class Clock {
  #now
  #timers = new Map()
  #last = 0

  constructor(now) {
    this.#now = now
  }

  now() {
    return this.#now
  }

  setTimeout(callback, delay) {
    this.#last += 1
    this.#timers.set(this.#last, { at: this.#now + delay, callback })
    return this.#last
  }

  clearTimeout(timer) {
    this.#timers.delete(timer)
  }

  /** The delays of the timers that have not gone off, the shortest first. */
  get delays() {
    return [...this.#timers.values()].map(({ at }) => at - this.#now).sort((a, b) => a - b)
  }

  async forward(milliseconds) {
    const end = this.#now + milliseconds
    for (;;) {
      await settled()
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0]
      if (!due) {
        break
      }
      const [timer, { at, callback }] = due
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, at)
      callback()
    }
    this.#now = end
    await settled()
  }

  /** As when the machine slept: the time has passed, and no timer has gone off. */
  jump(milliseconds) {
    this.#now += milliseconds
  }
}

/** What was resolved has been told to whoever waited for it. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve))
}
