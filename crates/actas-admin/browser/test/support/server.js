/** A server that answers when it is told to, or at once with what `answers` holds for a path. */
export class Server {
  requests = []
  answers = new Map()
  /** Whether a request that is given up is answered all the same. */
  isDeaf = false
  #waiting = []

  fetch = (url, init) => {
    this.requests.push({ url, init })
    const answer = this.answers.get(url)
    if (answer) {
      return Promise.resolve(answer())
    }
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject }
      this.#waiting.push(waiting)
      init.signal.addEventListener('abort', () => {
        if (!this.isDeaf) {
          this.#waiting = this.#waiting.filter((other) => other !== waiting)
          reject(new DOMException('aborted', 'AbortError'))
        }
      })
    })
  }

  /** How often `url` was asked for. */
  count(url) {
    return this.requests.filter((request) => request.url === url).length
  }

  /** Answers the oldest request that waits. */
  answer(response) {
    this.#waiting.shift().resolve(response)
  }
}

export function json(body, { status = 200, date } = {}) {
  const headers = date === undefined ? {} : { date: new Date(date).toUTCString() }
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })
}

export function problem(status, code) {
  return json({ type: `urn:actas:problem:${code}`, title: code, status, code, detail: `Detail of ${code}.` }, { status })
}
