// Lets oauth4webapi exchange tokens (RFC 8693), and jose verify the token that comes of it by a key set that it fetches:
//
//   { server, audience, exchanges: { <name>: { method, clientId, secret, parameters: { <name>: <value> } } } }
//
// → { <name>: { answer, claims } }, or { <name>: { refused: { status, error, description, challenges? } } } as the library reads it.

import { ask } from './ask.js'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  genericTokenEndpointRequest,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const methods = { client_secret_basic: ClientSecretBasic, client_secret_post: ClientSecretPost }

await ask(async ({ server, audience, exchanges }) => {
  const as = { issuer: server, token_endpoint: `${server}/oauth/token` }
  // The server is on loopback.
  const options = { [allowInsecureRequests]: true }
  const keySet = createRemoteJWKSet(new URL('/.well-known/jwks.json', server))

  const outcomes = {}
  for (const [name, { method, clientId, secret, parameters }] of Object.entries(exchanges)) {
    const client = { client_id: clientId }
    const authentication = methods[method](secret)
    const response = await genericTokenEndpointRequest(as, client, authentication, GRANT_TYPE, parameters, options)
    outcomes[name] = await processGenericTokenEndpointResponse(as, client, response).then(
      async (answer) => {
        const { payload } = await jwtVerify(answer.access_token, keySet, { issuer: server, audience, typ: 'JWT' })
        return { answer, claims: payload }
      },
      async (error) => ({ refused: await refusal(error) }),
    )
  }
  return outcomes
})

async function refusal(error) {
  if (error instanceof ResponseBodyError) {
    return { status: error.status, error: error.error, description: error.error_description }
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    // The library reads the challenge, and leaves the body to its caller.
    const body = await error.response.json()
    return { status: error.status, error: body.error, description: body.error_description, challenges: error.cause }
  }
  throw error
}
