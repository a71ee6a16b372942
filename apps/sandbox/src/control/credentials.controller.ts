import { resolve } from 'node:path'
import { Controller, Get } from '@nestjs/common'
import { cscPath } from '../csc/csc-info.js'
import { credentialOwner, remoteCredentials } from '../csc/remote-credential.js'
import { RemoteSealService } from '../csc/remote-seal-service.js'
import { audience, issuerPath, portalClient } from '../oidc/identity-provider.js'
import { type ReadyClient, readyClients } from '../oidc/ready-clients.js'
import { type ReadyPerson, readyPersons } from '../oidc/ready-persons.js'
import { tokenPath } from '../operator-token/operator-tokens.js'
import { type FileSealName, fileSealNames } from '../pki/pki-plan.js'
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

/** A seal of the office that is kept in a file. Paths are absolute. */
interface FileSeal {
  pkcs12File: string
  passwordFile: string
}

/** How the office logs in at the remote seal service, and what it finds there. */
interface RemoteSealAccess {
  /** Base addresses of the two versions of the API. */
  v1: string
  v2: string
  tokenUrl: string
  clientId: string
  clientSecret: string
  userId: string
  pin: string
  credentialIds: string[]
}

interface Credentials {
  institution: FileSeal
  /** All seals of the office that are kept in files, by name; `institution` is one of them. */
  seals: Record<string, FileSeal>
  csc: RemoteSealAccess
  systems: SystemCredentials[]
  /** `clients` are programs; `persons` log in through the program `portal`. */
  oidc: { issuer: string; audience: string; clients: ReadyClient[]; portal: string; persons: ReadyPerson[] }
  endpoints: {
    tsa: string
    secondTsa: string
    timestampPolicy: string
    operatorToken: string
    bae: string
    purde: string
  }
}

/** All that a gateway needs to work against this world. Secrets of a play world: the sandbox listens on loopback only. */
@Controller('control/credentials')
export class CredentialsController {
  constructor(
    private readonly pki: Pki,
    private readonly store: StateStore,
    private readonly origin: Origin,
    private readonly remoteSeals: RemoteSealService
  ) {}

  @Get()
  credentials(): Credentials {
    const file = (name: string) => resolve(this.pki.path(name))
    const { url } = this.origin
    const seal = (name: FileSealName) => ({ pkcs12File: file(`${name}.p12`), passwordFile: file(`${name}.password`) })
    return {
      institution: seal('institution'),
      seals: Object.fromEntries(fileSealNames.map(name => [name, seal(name)])),
      csc: {
        v1: `${url}${cscPath}/v1`,
        v2: `${url}${cscPath}/v2`,
        tokenUrl: `${url}${cscPath}/oauth2/token`,
        ...this.remoteSeals.approvals.secrets,
        userId: credentialOwner,
        credentialIds: remoteCredentials.map(({ id }) => id)
      },
      systems: senderOffices.map(({ ade, code, tenantId, systemName }) => ({
        ade,
        tenantId,
        systemName,
        clientId: `${ade}.SYSTEM.${systemName}`,
        keyFile: file(`purde-client-${code}.key.pem`),
        certificateFile: file(`purde-client-${code}.cert.pem`)
      })),
      oidc: {
        issuer: url + issuerPath,
        audience,
        clients: readyClients(this.store),
        portal: portalClient,
        persons: readyPersons(this.store)
      },
      endpoints: {
        tsa: `${url}/tsa`,
        secondTsa: `${url}/tsa-2`,
        timestampPolicy,
        operatorToken: url + tokenPath,
        bae: `${url}/api/se/v4`,
        purde: `${url}/api/v3`
      }
    }
  }
}
