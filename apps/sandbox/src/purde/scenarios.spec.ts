import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deemedDeliveryDay, deemedDeliveryInstant } from '../evidence/deemed-delivery.js'
import { loadUaApiSchema, uaApiContractIsHere } from '../../../../test/conformance/ua-api-schema.js'
import { createSandbox, type Sandbox } from '../sandbox.js'
import { scenarios } from '../world/scenarios.js'
import { type CheckAnswer, UaClient, until } from './test/ua-client.js'

const ade = (code: string): string => scenarios.find(scenario => scenario.code === code)?.ade ?? ''

const schema = uaApiContractIsHere ? loadUaApiSchema() : undefined
if (!schema) console.warn('skipped: answers are not checked against the UA API, ../shared is not here')
const check: CheckAnswer = (...answer) => schema?.validateAnswer(...answer) ?? []

describe('letters in the world of the sandbox', () => {
  let dir: string
  let sandbox: Sandbox
  let client: UaClient

  beforeAll(async () => {
    process.env.SANDBOX_STEP_MS = '5'
    process.env.SANDBOX_SLOW_MS = '200'
    process.env.SANDBOX_PURDE_RATE = '1000'
    dir = mkdtempSync(join(tmpdir(), 'sandbox-purde-'))
    sandbox = await createSandbox({ dir })
    client = new UaClient(sandbox, check)
  }, 60000)

  afterAll(async () => {
    await sandbox.close()
    rmSync(dir, { recursive: true, force: true })
  })

  afterEach(() => expect([...client.faults]).toEqual([]))

  const advance = (duration: string): void => {
    sandbox.clock.advance(duration)
    client.forgetToken()
  }

  const taken = (recipient: string): number =>
    sandbox.ledger.entries({ surface: 'purde', action: 'letter-taken', where: { recipient } }).length

  it('are delivered to a public body on arrival, with both proofs', async () => {
    const id = await client.send(ade('URZAD'))
    await client.waitFor(id, 'BP.OX')
    expect(await client.evidenceTypes(id)).toEqual(['A.1', 'BP.WX', 'D.1', 'E.1', 'BP.OX'])
    const message = await client.message(id)
    expect(message.messageControlData).toMatchObject({ status: 'Doręczona', labels: [{ label: 'SENT' }] })
    expect(message.messageMetadata).toMatchObject({ caseId: 'ABC.1.2026', additionalData: { goniec: 'letter-1' } })
    expect(message.messageMetadata.threadId).toBeTruthy()
    expect(message.messageMetadata.receiptDate).toBe(
      message.evidences.find((evidence: { type: string }) => evidence.type === 'E.1').eventDate
    )
  })

  it('are relayed to another provider, which seals its own evidence', async () => {
    const id = await client.send(ade('PRYWA'))
    await client.waitFor(id, 'BP.OX')
    expect(await client.evidenceTypes(id)).toEqual(['A.1', 'BP.WX', 'B.1', 'D.1', 'D.3', 'E.1', 'BP.OX'])
    const { evidences } = await client.message(id)
    const bytes = await client.evidenceBytes(evidences[2].evidenceId as string)
    expect(bytes.includes(sandbox.pki.seal('private-provider').certificate.toString('base64'))).toBe(true)
  })

  it('are rejected with a reason in two languages', async () => {
    const id = await client.send(ade('ODRZU'))
    await client.waitFor(id, 'A.2')
    const { messageControlData, messageMetadata } = await client.message(id)
    expect(messageControlData.status).toBe('Odrzucona')
    expect(messageControlData.statusDescription).toMatch(/odrzucona.*, The message was rejected/)
    expect(messageMetadata.submissionDate).toBeUndefined()
  })

  it('are refused by the provider of the addressee', async () => {
    const id = await client.send(ade('RELAY'))
    await client.waitFor(id, 'B.2')
    expect((await client.message(id)).messageControlData.status).toBe('Niedoręczona')
  })

  it('are taken as delivered when nobody collects them in time', async () => {
    const id = await client.send(ade('NIEOD'))
    await client.waitFor(id, 'D.3')
    const { messageControlData, evidences } = await client.message(id)
    const d1 = new Date(evidences.find((evidence: { type: string }) => evidence.type === 'D.1').eventDate as string)
    expect(messageControlData.status).toBe('Czeka na doręczenie')
    expect(messageControlData.daysToReceive).toBeGreaterThanOrEqual(14)
    const untilLapse = deemedDeliveryInstant(d1).getTime() - sandbox.clock.now().getTime()
    advance(`PT${Math.floor(untilLapse / 1000) - 60}S`)
    expect((await client.message(id)).messageControlData).toMatchObject({ daysToReceive: 0 })
    expect(await client.evidenceTypes(id)).not.toContain('BP.OX')
    advance('PT2M')
    await client.waitFor(id, 'BP.OX')
    const delivered = await client.message(id)
    expect(delivered.messageControlData.status).toBe('Uznana za doręczoną')
    const proof = delivered.evidences.at(-1)
    const xml = (await client.evidenceBytes(proof.evidenceId as string)).toString()
    expect(xml).toContain(`<DataPrzekazaniaAdresatowi>${deemedDeliveryDay(d1)}T23:59:59`)
    expect(xml).not.toContain('ContentHandover')
  })

  it('bring their proofs late: first the fiction, then the handover that was earlier', async () => {
    const id = await client.send(ade('POZNY'))
    await client.waitFor(id, 'D.3')
    advance('P19D')
    expect(await client.evidenceTypes(id)).toEqual(['A.1', 'BP.WX', 'D.1', 'D.3'])
    advance('P1DT1H')
    await client.waitFor(id, 'E.1')
    expect(await client.evidenceTypes(id)).toEqual(['A.1', 'BP.WX', 'D.1', 'D.3', 'BP.OX', 'E.1'])
    const { evidences, messageMetadata } = await client.message(id)
    expect(Date.parse(evidences[5].eventDate as string)).toBeLessThan(Date.parse(messageMetadata.receiptDate as string))
  })

  it('are taken although the answer is lost, and a second try finds no draft', async () => {
    const draft = await client.draft(ade('ZGUBA'))
    await expect(client.sendDraft(draft)).rejects.toThrow()
    expect(taken(ade('ZGUBA'))).toBe(1)
    const again = await client.sendDraft(draft)
    expect(again.status).toBe(400)
    expect(again.json[0].messageId).toBe(draft)
    expect(taken(ade('ZGUBA'))).toBe(1)
  })

  it('are not taken when the request is lost, and the same draft can be sent', async () => {
    const draft = await client.draft(ade('GUBIS'))
    await expect(client.sendDraft(draft)).rejects.toThrow()
    expect(taken(ade('GUBIS'))).toBe(0)
    expect((await client.sendDraft(draft)).status).toBe(202)
    expect(taken(ade('GUBIS'))).toBe(1)
  })

  it('are slow: the task stays pending while the message stands in OUTBOX', async () => {
    const { json } = await client.sendDraft(await client.draft(ade('WOLNY')))
    const parameters = { messageTaskId: json.messageTaskId as string }
    const status = await client.call('GET', '/{eDeliveryAddress}/messages/tasks/{messageTaskId}/status', parameters)
    expect(status.json).toEqual({ messageTaskStatus: 'PENDING' })
    const outbox = await client.call('GET', '/{eDeliveryAddress}/messages', { label: 'OUTBOX', format: 'metadata' })
    expect(outbox.json.messages[0].messageControlData.status).toBe('W trakcie weryfikacji')
    const id = await client.messageOf(parameters.messageTaskId)
    expect(await client.evidenceTypes(id)).toEqual([])
    await client.waitFor(id, 'BP.OX')
  })

  it('bring evidence twice and out of order', async () => {
    const id = await client.send(ade('DUBEL'))
    await client.waitFor(id, 'D.3')
    const { evidences } = await client.message(id)
    const types = evidences.map((evidence: { type: string }) => evidence.type)
    expect(types).toEqual(['E.1', 'BP.OX', 'A.1', 'A.1', 'A.1', 'BP.WX', 'D.1', 'D.3'])
    const acceptances = evidences.slice(2, 5).map((evidence: { evidenceId: string }) => evidence.evidenceId)
    const bytes: Buffer[] = []
    for (const evidenceId of acceptances) bytes.push(await client.evidenceBytes(evidenceId as string))
    expect(new Set(acceptances).size).toBe(3)
    expect(bytes[1]?.equals(bytes[0] as Buffer)).toBe(true)
    expect(bytes[2]?.equals(bytes[0] as Buffer)).toBe(false)
  })

  it('bring forged evidence first; the status counts the true one only', async () => {
    const id = await client.send(ade('FALSZ'))
    await client.waitFor(id, 'BP.OX')
    const { evidences } = await client.message(id)
    const types = evidences.map((evidence: { type: string }) => evidence.type)
    expect(types).toEqual(['E.1', 'A.1', 'A.1', 'BP.WX', 'D.1', 'D.3', 'E.1', 'BP.OX'])
    const strange = await client.evidenceBytes(evidences[0].evidenceId as string)
    expect(strange.includes(sandbox.pki.seal('stranger').certificate.toString('base64'))).toBe(true)
  })

  it('bring evidence of a message that nobody knows', async () => {
    const id = await client.send(ade('OBCYD'))
    await client.waitFor(id, 'BP.OX')
    const all = await client.call('GET', '/{eDeliveryAddress}/messages/evidences', { downloaded: 'false' })
    const messageIds = all.json.evidences.map((evidence: { messageId: string }) => evidence.messageId)
    const known = await client.call('GET', '/{eDeliveryAddress}/messages', { limit: '2000' })
    const ids = known.json.messages.map(
      (shown: { messageMetadata: { messageId: string } }) => shown.messageMetadata.messageId
    )
    expect(messageIds.filter((messageId: string) => !ids.includes(messageId))).toHaveLength(1)
  })

  it('wait while the service is down until somebody says that it is up', async () => {
    const letter = client.letter(ade('AWARI'))
    const refused = await client.call('POST', '/{eDeliveryAddress}/drafts', {}, letter)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    sandbox.faults.set('purde', 'up')
    const id = await client.send(ade('AWARI'))
    await client.waitFor(id, 'BP.OX')
  })

  it('are refused when the mailbox is full, and the draft stays', async () => {
    const draft = await client.draft(ade('PELNA'))
    const refused = await client.sendDraft(draft)
    expect([refused.status, refused.json[0].error]).toEqual([400, 'MAILBOX_FULL'])
    const kept = await client.call('GET', '/{eDeliveryAddress}/drafts/{messageId}', { messageId: draft })
    expect(kept.status).toBe(200)
  })

  it('go to the good recipients only; the draft comes back for the others', async () => {
    const draft = await client.draft([ade('URZAD'), ade('ZAMKN'), ade('NIEMA')])
    const { json } = await client.sendDraft(draft)
    await client.messageOf(json.messageTaskId as string)
    const results = await client.call('GET', '/{eDeliveryAddress}/messages/tasks/{messageTaskId}', {
      messageTaskId: json.messageTaskId as string
    })
    expect(results.json.map((result: { error?: string }) => result.error)).toEqual([
      undefined,
      'INVALID_RECIPIENT',
      'INVALID_RECIPIENT'
    ])
    const drafts = await client.call('GET', '/{eDeliveryAddress}/drafts', { recipient: ade('NIEMA') })
    expect(drafts.json.messages[0].messageMetadata.to).toEqual([
      { eDeliveryAddress: ade('ZAMKN') },
      { eDeliveryAddress: ade('NIEMA') }
    ])
  })

  it('go on after the sandbox was started anew', async () => {
    const id = await client.send(ade('NIEOD'))
    await client.waitFor(id, 'D.3')
    await sandbox.close()
    sandbox = await createSandbox({ dir })
    client = new UaClient(sandbox, check)
    expect((await client.message(id, 'fullExtended')).attachments[0].file.file).toBe(
      Buffer.from('contents').toString('base64')
    )
    advance('P30D')
    await client.waitFor(id, 'BP.OX')
    await until(async () => (await client.evidenceTypes(id)).length === 5)
    expect(sandbox.ledger.entries({ action: 'letter-taken', where: { messageId: id } })).toHaveLength(1)
  })
})
