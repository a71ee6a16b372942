import { resolve } from 'node:path'
import { Controller, Get } from '@nestjs/common'
import { audience, issuerPath } from '../oidc/identity-provider.js'
import { type ReadyClient, readyClients } from '../oidc/ready-clients.js'
import { tokenPath } from '../operator-token/operator-tokens.js'
import { Pki } from '../pki/pki.js'
import { timestampPolicy } from '../tsa/timestamp-authority.js'
import { Origin } from '../world/origin.js'
import { senderOffices } from '../world/scenarios.js'
import { StateStore } from '../world/state-store.js'

/** The computer system of an office: how it logs in at the operator. Paths are absolute. */
interface SystemCredentials {
  ade: string
  tenantId: string
  systemName: string
  clientId: string
  keyFile: string
  certificateFile: string
}

interface Credentials {
  institution: { pkcs12File: string; passwordFile: string }
  systems: SystemCredentials[]
  oidc: { issuer: string; audience: string; clients: ReadyClient[] }
  endpoints: { tsa: string; timestampPolicy: string; operatorToken: string; bae: string; purde: string }
}

/** All that a gateway needs to work against this world. Secrets of a play world: the sandbox listens on loopback only. */
@Controller('control/credentials')
export class CredentialsController {
  constructor(
    private readonly pki: Pki,
    private readonly store: StateStore,
    private readonly origin: Origin
  ) {}

  @Get()
  credentials(): Credentials {
    const file = (name: string) => resolve(this.pki.path(name))
    const { url } = this.origin
    return {
      institution: { pkcs12File: file('institution.p12'), passwordFile: file('institution.password') },
      systems: senderOffices.map(({ ade, code, tenantId, systemName }) => ({
        ade,
        tenantId,
        systemName,
        clientId: `${ade}.SYSTEM.${systemName}`,
        keyFile: file(`purde-client-${code}.key.pem`),
        certificateFile: file(`purde-client-${code}.cert.pem`)
      })),
      oidc: { issuer: url + issuerPath, audience, clients: readyClients(this.store) },
      endpoints: {
        tsa: `${url}/tsa`,
        timestampPolicy,
        operatorToken: url + tokenPath,
        bae: `${url}/api/se/v4`,
        purde: `${url}/api/v3`
      }
    }
  }
}
