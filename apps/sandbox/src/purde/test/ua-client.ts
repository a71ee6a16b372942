import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Sandbox } from '../../sandbox.js'
import { realmPath, tokenPath } from '../../operator-token/operator-tokens.js'
import { freshId } from '../../world/fresh-id.js'

export const GMINA = 'AE:PL-10000-20001-GMINA-27'

/** An answer of the sandbox: the parsed JSON, or the bytes. */
export interface Answer {
  status: number
  headers: Headers
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of many shapes
  json: any
  bytes: Buffer
}

/** Says what is wrong with an answer (parsed JSON, or undefined for other bodies); nothing wrong is an empty list. */
export type CheckAnswer = (method: string, pathTemplate: string, status: number, json: unknown) => string[]

/** A client of the UA API for tests that has every answer checked. */
export class UaClient {
  private token: string | undefined
  /** Faults against the contract in all answers so far. */
  readonly faults = new Set<string>()

  constructor(
    private readonly sandbox: Sandbox,
    private readonly check: CheckAnswer = () => [],
    readonly ade = GMINA
  ) {}

  /** @param template path as in the contract; @param parameters what stands for its braces, and the query */
  async call(
    method: string,
    template: string,
    parameters: Record<string, string> = {},
    body?: unknown,
    headers: Record<string, string> = {}
  ): Promise<Answer> {
    const given = { eDeliveryAddress: this.ade, ...parameters }
    const inPath = new Set<string>()
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
      inPath.add(name)
      return given[name as keyof typeof given]
    })
    const query = new URLSearchParams(Object.entries(parameters).filter(([name]) => !inPath.has(name)))
    const form = body instanceof FormData
    const response = await fetch(`${this.sandbox.url}/api/v3${path}?${query.toString()}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.accessToken()}`,
        ...(body === undefined || form ? {} : { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) })
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
    const json: unknown = isJson ? JSON.parse(bytes.toString()) : undefined
    const faults = this.check(method, template, response.status, json)
    for (const fault of faults) this.faults.add(`${method} ${template} ${response.status}: ${fault}`)
    return { status: response.status, headers: response.headers, json, bytes }
  }

  async draft(
    recipient: string | string[],
    more: { files?: Record<string, string>; text?: string } = {}
  ): Promise<string> {
    const answer = await this.call('POST', '/{eDeliveryAddress}/drafts', {}, this.letter(recipient, more))
    if (answer.status !== 200) throw new Error(`no draft: ${answer.status} ${answer.bytes.toString()}`)
    return answer.json.messageId as string
  }

  sendDraft(messageId: string): Promise<Answer> {
    return this.call('POST', '/{eDeliveryAddress}/drafts/send', {}, { messageId })
  }

  /** Sends a letter and returns the identifier of the message. */
  async send(recipient: string): Promise<string> {
    const answer = await this.sendDraft(await this.draft(recipient))
    return this.messageOf(answer.json.messageTaskId as string)
  }

  async messageOf(messageTaskId: string): Promise<string> {
    await until(async () => {
      const status = await this.call('GET', '/{eDeliveryAddress}/messages/tasks/{messageTaskId}/status', {
        messageTaskId
      })
      return status.json.messageTaskStatus === 'FINISHED'
    })
    const results = await this.call('GET', '/{eDeliveryAddress}/messages/tasks/{messageTaskId}', { messageTaskId })
    return results.json[0].messageId as string
  }

  async message(messageId: string, format = 'full') {
    const answer = await this.call('GET', '/{eDeliveryAddress}/messages/{messageId}', { messageId, format })
    return answer.json[0]
  }

  /** Types of the evidence of a message in the order of the list. */
  async evidenceTypes(messageId: string): Promise<string[]> {
    const answer = await this.call('GET', '/{eDeliveryAddress}/messages/{messageId}/evidences', { messageId })
    return (answer.json.evidences as { type: string }[]).map(evidence => evidence.type)
  }

  /** Waits until the list of a message holds this kind of evidence. */
  async waitFor(messageId: string, type: string): Promise<void> {
    await until(async () => (await this.evidenceTypes(messageId)).includes(type))
  }

  async evidenceBytes(evidenceId: string): Promise<Buffer> {
    const parameters = { messageType: 'purde', evidenceId }
    return (await this.call('GET', '/{eDeliveryAddress}/evidences/{messageType}/{evidenceId}', parameters)).bytes
  }

  letter(recipient: string | string[], more: { files?: Record<string, string>; text?: string } = {}) {
    return {
      messageMetadata: {
        from: { eDeliveryAddress: this.ade },
        to: [recipient].flat().map(eDeliveryAddress => ({ eDeliveryAddress })),
        subject: 'Decyzja',
        caseId: 'ABC.1.2026',
        shippingService: 'electronic',
        additionalData: { goniec: 'letter-1' }
      },
      textBody: more.text ?? 'W załączeniu decyzja.',
      attachments: Object.entries(more.files ?? { 'decyzja.pdf': 'contents' }).map(([filename, contents]) => ({
        file: {
          fileMetadata: {
            fileId: '',
            filename,
            contentType: 'application/pdf',
            size: Buffer.byteLength(contents),
            alg: 'SHA-3',
            hash: createHash('sha3-512').update(contents).digest('hex')
          },
          file: Buffer.from(contents).toString('base64')
        }
      }))
    }
  }

  /** Forgets the token, as one must when the world clock was moved past its end. */
  forgetToken(): void {
    this.token = undefined
  }

  private async accessToken(): Promise<string> {
    this.token ??= await this.fetchToken()
    return this.token
  }

  private async fetchToken(): Promise<string> {
    const { url, pki, clock } = this.sandbox
    const client = `${this.ade}.SYSTEM.GONIEC`
    const now = Math.floor(clock.now().getTime() / 1000)
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(client)
      .setSubject(client)
      .setAudience(url + realmPath)
      .setJti(freshId())
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + 60)
      .sign(pki.seal(`purde-client-${this.ade.split('-')[3] ?? ''}`).key)
    const response = await fetch(`${url}${tokenPath}?login_hint=ADE.${this.ade}`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion
      })
    })
    const { access_token } = (await response.json()) as { access_token: string }
    return access_token
  }
}

/** Asks again and again until the fact is there; fails after ten seconds. */
export async function until(fact: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await fact())) {
    if (performance.now() > deadline) throw new Error('the fact did not come about in ten seconds')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
