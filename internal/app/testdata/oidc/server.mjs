// A certified OpenID Connect provider on 127.0.0.1 for one test. It prints its address, and waits for POST /setup with the
// client's redirect address. PUT /claims/{login} says what it knows of somebody. Its own development pages take any password.
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const claims = new Map()
let handle

const body = async (req) => {
  let text = ''
  for await (const chunk of req) text += chunk
  return JSON.parse(text)
}

const setup = (issuer, { redirect, client, secret }) => new Provider(issuer, {
  clients: [{ client_id: client, client_secret: secret, redirect_uris: [redirect], response_types: ['code'], grant_types: ['authorization_code'] }],
  pkce: { required: () => true },
  scopes: ['openid', 'profile'],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups', 'role', 'email'] },
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['a key of the test'] },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims.get(id) }) }),
})

const server = createServer(async (req, res) => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  if (req.method === 'POST' && req.url === '/setup') {
    handle = setup(issuer, await body(req)).callback()
    res.end()
  } else if (req.method === 'PUT' && req.url.startsWith('/claims/')) {
    claims.set(req.url.slice('/claims/'.length), await body(req))
    res.end()
  } else if (handle) {
    handle(req, res)
  } else {
    res.statusCode = 503
    res.end()
  }
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
process.stdin.on('end', () => process.exit(0)).resume() // the test has ended
