import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { importPKCS8, type JWTPayload, SignJWT } from 'jose'
import type { Sandbox } from '../src/sandbox.js'

/** The three sending addresses. */
export const gmina = 'AE:PL-10000-20001-GMINA-27'
export const drugi = 'AE:PL-10000-20003-DRUGI-23'

const path = '/auth/realms/EDOR/protocol/openid-connect/token'

/** What a test wants different from a good assertion. */
export interface Changes {
  /** Claims to replace; undefined takes one away. */
  claims?: JWTPayload
  /** File name of the key in the PKI folder. */
  key?: string
  loginHint?: string | undefined
  form?: Record<string, string>
}

/** The assertion of an office's system, signed with its registered key. */
export async function assertionOf(sandbox: Sandbox, ade: string, { claims, key }: Changes = {}): Promise<string> {
  const now = Math.floor(sandbox.clock.now().getTime() / 1000)
  const clientId = `${ade}.SYSTEM.GONIEC`
  const code = ade.slice(18, 23)
  const good = {
    iss: clientId,
    sub: clientId,
    aud: `${sandbox.url}/auth/realms/EDOR`,
    iat: now,
    nbf: now,
    exp: now + 120,
    jti: randomUUID()
  }
  const pem = readFileSync(sandbox.pki.path(key ?? `purde-client-${code}.key.pem`), 'utf8')
  return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg: 'RS256' }).sign(await importPKCS8(pem, 'RS256'))
}

/** Asks the operator for a token and gives the answer as it came. */
export async function askForToken(sandbox: Sandbox, ade: string, changes: Changes = {}): Promise<Response> {
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertionOf(sandbox, ade, changes),
    ...changes.form
  }
  const loginHint = 'loginHint' in changes ? changes.loginHint : `ADE.${ade}`
  const query = loginHint === undefined ? '' : `?login_hint=${encodeURIComponent(loginHint)}`
  return fetch(sandbox.url + path + query, { method: 'POST', body: new URLSearchParams(form) })
}

/** A token for an office's system. */
export async function tokenOf(sandbox: Sandbox, ade: string): Promise<string> {
  const answer = await askForToken(sandbox, ade)
  const { access_token } = (await answer.json()) as { access_token: string }
  return access_token
}
