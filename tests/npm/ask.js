// What the scripts here share: the question comes as JSON on the standard input, the answer goes to the standard output.

import { webcrypto } from 'node:crypto'
import { json } from 'node:stream/consumers'

// Node 18 has it under this name alone.
globalThis.crypto ??= webcrypto

/** Answers with what `answer` makes of the question. */
export async function ask(answer) {
  console.log(JSON.stringify(await answer(await json(process.stdin))))
}
