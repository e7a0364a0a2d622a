// Lets jose and Clerk's backend SDK judge tokens, by a key set that they fetch:
//
//   { server, issuer, authorizedParty, tokens: { <name>: <token> } }
//
// → { <name>: { jose, verifyJwt, verifyToken } }, each { claims } or { refused: <the library's own code> }.

import { ask } from './ask.js'
import { verifyToken } from '@clerk/backend'
import { verifyJwt } from '@clerk/backend/jwt'
import { createRemoteJWKSet, jwtVerify } from 'jose'

await ask(async ({ server, issuer, authorizedParty, tokens }) => {
  const keySet = createRemoteJWKSet(new URL('/.well-known/jwks.json', server))
  // `verifyJwt` takes the one key that it is given, and no other kind than RSA.
  const { keys } = await (await fetch(new URL('/.well-known/jwks.json', server))).json()
  const key = keys.find(({ alg }) => alg === 'RS256')
  const authorizedParties = [authorizedParty]

  const judges = {
    jose: async (token) => (await jwtVerify(token, keySet, { issuer, typ: 'JWT' })).payload,
    verifyJwt: (token) => verifyJwt(token, { key, issuer, authorizedParties }),
    // It fetches `/v1/jwks`, as from Clerk's backend API.
    verifyToken: (token) =>
      verifyToken(token, { secretKey: 'sk_test_interop', apiUrl: server, issuer, authorizedParties }),
  }
  const verdicts = {}
  for (const [name, token] of Object.entries(tokens)) {
    verdicts[name] = {}
    for (const [judge, verify] of Object.entries(judges)) {
      verdicts[name][judge] = await verify(token).then(
        (claims) => ({ claims }),
        (error) => ({ refused: error.code ?? error.reason ?? String(error) }),
      )
    }
  }
  return verdicts
})
