import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadUaApiSchema, uaApiContractIsHere } from '../../../../test/conformance/ua-api-schema.js'
import { createSandbox, type Sandbox } from '../sandbox.js'
import { type CheckAnswer, GMINA, UaClient } from './test/ua-client.js'

const URZAD = 'AE:PL-30000-40001-URZAD-23'
const DRAFTS = '/{eDeliveryAddress}/drafts'
const DRAFT = '/{eDeliveryAddress}/drafts/{messageId}'
const MESSAGES = '/{eDeliveryAddress}/messages'
const MESSAGE = '/{eDeliveryAddress}/messages/{messageId}'
const UPLOAD = '/{eDeliveryAddress}/{messageId}/attachments/upload'

const schema = uaApiContractIsHere ? loadUaApiSchema() : undefined
if (!schema) console.warn('skipped: answers are not checked against the UA API, ../shared is not here')
const check: CheckAnswer = (...answer) => schema?.validateAnswer(...answer) ?? []

describe('the mailbox interface', () => {
  let dir: string
  let sandbox: Sandbox
  let client: UaClient

  beforeAll(async () => {
    process.env.SANDBOX_STEP_MS = '5'
    process.env.SANDBOX_PURDE_RATE = '1000'
    dir = mkdtempSync(join(tmpdir(), 'sandbox-ua-api-'))
    sandbox = await createSandbox({ dir })
    client = new UaClient(sandbox, check)
  }, 60000)

  afterAll(async () => {
    await sandbox.close()
    rmSync(dir, { recursive: true, force: true })
  })

  afterEach(() => expect([...client.faults]).toEqual([]))

  const form = (bytes: Buffer, fields: Record<string, string>): FormData => {
    const data = new FormData()
    for (const [name, value] of Object.entries(fields)) data.append(name, value)
    data.append('file', new Blob([new Uint8Array(bytes)]), 'blob')
    return data
  }

  it('is tested with requests that the contract knows', () => {
    expect(schema?.validateRequest('POST', DRAFTS, client.letter(URZAD)) ?? []).toEqual([])
    expect(
      schema?.validateRequest('POST', UPLOAD, { filename: '', contentType: '', size: '', alg: '', file: '' }) ?? []
    ).toEqual([])
  })

  it('keeps, shows, replaces and deletes drafts', async () => {
    const messageId = await client.draft(URZAD)
    const shown = await client.call('GET', DRAFT, { messageId })
    expect(shown.json.attachments[0].file.fileMetadata).toMatchObject({
      filename: 'decyzja.pdf',
      size: 8,
      alg: 'SHA-3'
    })
    const put = await client.call('PUT', DRAFT, { messageId }, { ...client.letter(URZAD), textBody: 'Inaczej.' })
    expect(put.json.messageId).toBe(messageId)
    const list = await client.call('GET', DRAFTS, { limit: '1', offset: '0' })
    expect(list.json.messages[0].messageMetadata).toMatchObject({ messageId, additionalData: { goniec: 'letter-1' } })
    expect(list.json.messages[0].messageMetadata.caseId).toBeUndefined()
    const removed = await client.call('DELETE', DRAFT, { messageId })
    expect(removed.json).toEqual([{ messageId }])
    expect((await client.call('GET', DRAFT, { messageId })).status).toBe(400)
  })

  it('takes an upload that is larger than JSON may hold and gives the same bytes back', async () => {
    const bytes = randomBytes(20 * 1024 * 1024)
    const messageId = await client.draft(URZAD, { files: {} })
    const fields = { filename: 'plan.zip', contentType: 'application/zip', size: String(bytes.length), alg: 'SHA-3' }
    const uploaded = await client.call('POST', UPLOAD, { messageId }, form(bytes, fields))
    expect(uploaded.status).toBe(200)
    expect(uploaded.json.fileMetadata.hash).toBe(createHash('sha3-512').update(bytes).digest('hex'))
    const { json } = await client.sendDraft(messageId)
    const sent = await client.messageOf(json.messageTaskId as string)
    const attachmentId = (await client.message(sent)).attachments[0].attachmentId as string
    const path = '/{eDeliveryAddress}/attachments/download'
    const downloaded = await client.call('POST', path, {}, { messageId: sent, attachmentId })
    expect(downloaded.bytes.equals(bytes)).toBe(true)
    const inline = '/{eDeliveryAddress}/messages/{messageId}/attachments/{attachmentId}'
    expect((await client.call('GET', inline, { messageId: sent, attachmentId })).status).toBe(400)
    const taken = sandbox.ledger.entries({ action: 'letter-taken', where: { messageId: sent } })[0]
    expect(taken).toMatchObject({
      sender: GMINA,
      recipient: URZAD,
      draftId: messageId,
      attachments: [createHash('sha256').update(bytes).digest('hex')],
      marker: { goniec: 'letter-1' }
    })
  })

  it('adds, shows and removes attachments of a draft', async () => {
    const messageId = await client.draft(URZAD)
    const attachments = '/{eDeliveryAddress}/drafts/{messageId}/attachments'
    const one = '/{eDeliveryAddress}/drafts/{messageId}/attachments/{attachmentId}'
    const file = { fileMetadata: { fileId: '', filename: 'b.xml', contentType: 'text/xml' }, file: 'PGEvPg==' }
    const added = await client.call('POST', attachments, { messageId }, file)
    const attachmentId = added.json.attachmentId as string
    expect((await client.call('GET', one, { messageId, attachmentId })).json.file.file).toBe('PGEvPg==')
    expect((await client.call('POST', attachments, { messageId }, file)).status).toBe(400)
    expect((await client.call('DELETE', one, { messageId, attachmentId })).json.filename).toBe('b.xml')
    expect((await client.call('DELETE', attachments, { messageId })).json).toHaveLength(1)
    expect((await client.call('GET', DRAFT, { messageId })).json.attachments).toEqual([])
  })

  it.each([
    ['a b.pdf', 'a blank'],
    ['a?.pdf', 'a forbidden character'],
    ['a.PDF', 'an extension in capitals'],
    ['a.exe', 'an extension that is not on the list'],
    ['apdf', 'no extension'],
    [`${'a'.repeat(125)}.pdf`, 'more than 128 characters']
  ])('refuses the file name %s: %s', async filename => {
    const answer = await client.call('POST', DRAFTS, {}, client.letter(URZAD, { files: { [filename]: 'x' } }))
    expect([answer.status, answer.json[0].error]).toEqual([400, 'INVALID_ATTACHMENT'])
  })

  it('refuses a wrong hash or size, inline and uploaded', async () => {
    const letter = client.letter(URZAD)
    const metadata = letter.attachments[0]?.file.fileMetadata ?? { hash: '', size: 0 }
    for (const wrong of [{ hash: 'ab'.repeat(64) }, { size: 9 }, { alg: 'SHA-2' }]) {
      const file = { ...letter.attachments[0]?.file, fileMetadata: { ...metadata, ...wrong } }
      expect((await client.call('POST', DRAFTS, {}, { ...letter, attachments: [{ file }] })).status).toBe(400)
    }
    const messageId = await client.draft(URZAD)
    const fields = { filename: 'a.pdf', contentType: 'application/pdf', size: '4' }
    expect((await client.call('POST', UPLOAD, { messageId }, form(Buffer.from('abc'), fields))).status).toBe(400)
    expect((await client.call('GET', DRAFT, { messageId })).json.attachments).toHaveLength(1)
  })

  it('refuses another sender, too many recipients, too long a text, and a letter to nobody', async () => {
    const other = { ...client.letter(URZAD) }
    other.messageMetadata.from.eDeliveryAddress = URZAD
    expect((await client.call('POST', DRAFTS, {}, other)).json[0].error).toBe('INVALID_SENDER')
    const many = client.letter(Array.from({ length: 16 }, () => URZAD))
    expect((await client.call('POST', DRAFTS, {}, many)).json[0].error).toBe('INVALID_RECIPIENT')
    const long = client.letter(URZAD, { text: 'x'.repeat(5001) })
    expect((await client.call('POST', DRAFTS, {}, long)).json[0].error).toBe('INVALID_TEXT')
    const nobody = await client.sendDraft(await client.draft([]))
    expect([nobody.status, nobody.json[0].error]).toEqual([400, 'INVALID_RECIPIENT'])
  })

  it('uses a draft up when it is sent', async () => {
    const draft = await client.draft(URZAD)
    expect((await client.sendDraft(draft)).status).toBe(202)
    expect((await client.sendDraft(draft)).json[0].error).toBe('MESSAGE_NOT_FOUND')
    expect((await client.call('GET', DRAFT, { messageId: draft })).status).toBe(400)
  })

  it('sends without a draft, and lists what was sent by folder', async () => {
    const sent = await client.call('POST', MESSAGES, {}, client.letter(URZAD))
    expect(sent.status).toBe(202)
    const id = await client.messageOf(sent.json.messageTaskId as string)
    await client.waitFor(id, 'A.1')
    const list = await client.call('GET', MESSAGES, { label: 'SENT', format: 'metadata', recipient: 'urzad' })
    const found = list.json.messages.find(
      (message: { messageMetadata: { messageId: string } }) => message.messageMetadata.messageId === id
    )
    expect(found.messageMetadata.additionalData).toBeUndefined()
    expect((await client.call('GET', MESSAGES, { label: 'INBOX' })).json.messages).toEqual([])
    expect((await client.call('GET', MESSAGES, { subject: 'no such title' })).json.total).toBe(0)
    expect((await client.message(id, 'minimal')).messageMetadata.subject).toBeUndefined()
  })

  it('shows fifty messages in one answer', async () => {
    const messageId = await client.send(URZAD)
    const fifty = await client.call('GET', MESSAGE, {
      messageId: Array.from({ length: 50 }, () => messageId).join(',')
    })
    expect([fifty.status, fifty.json.length]).toEqual([200, 50])
  })

  it('deletes in two steps, and evidence stays in the list of the mailbox', async () => {
    const messageId = await client.send(URZAD)
    await client.waitFor(messageId, 'BP.OX')
    expect((await client.call('DELETE', MESSAGE, { messageId })).status).toBe(400)
    const control = '/{eDeliveryAddress}/messages/{messageId}/message_control_data'
    const patch = [{ op: 'add', path: '/labels', value: { messageLocation: 'TRASH' } }]
    expect((await client.call('PATCH', control, { messageId }, patch)).json[0].labels).toEqual([
      { label: 'SENT', messageLocation: 'TRASH' }
    ])
    expect((await client.call('DELETE', MESSAGE, { messageId })).json).toEqual([{ messageId }])
    expect((await client.call('GET', MESSAGE, { messageId })).status).toBe(400)
    const evidences = await client.call('GET', '/{eDeliveryAddress}/messages/evidences')
    const left = evidences.json.evidences.filter((evidence: { messageId: string }) => evidence.messageId === messageId)
    expect(left).toHaveLength(5)
  })

  it('filters evidence by type and remembers what was downloaded', async () => {
    const messageId = await client.send(URZAD)
    await client.waitFor(messageId, 'BP.OX')
    const path = '/{eDeliveryAddress}/messages/{messageId}/evidences'
    const [proof] = (await client.call('GET', path, { messageId, type: 'BPOX' })).json.evidences
    expect(proof.type).toBe('BP.OX')
    const bytes = await client.evidenceBytes(proof.evidenceId as string)
    expect(bytes.toString()).toContain('Potwierdzenie otrzymania')
    const fresh = await client.call('GET', path, { messageId, downloaded: 'false', sortDirection: 'desc' })
    expect(fresh.json.evidences).toHaveLength(4)
    const one = '/{eDeliveryAddress}/messages/evidences/{evidenceId}'
    expect((await client.call('GET', one, { evidenceId: proof.evidenceId as string })).json[0].downloaded).toBe(true)
    const count = sandbox.ledger.entries({ action: 'evidence-downloaded', where: { messageId } })
    expect(count).toHaveLength(1)
  })

  it('has settings, folders and a dictionary', async () => {
    const settings = '/{eDeliveryAddress}/settings'
    const patch = [{ op: 'replace', path: 'email', value: 'kancelaria@example.org' }]
    await client.call('PATCH', settings, {}, patch)
    expect((await client.call('GET', settings)).json.email).toBe('kancelaria@example.org')
    const folders = '/{eDeliveryAddress}/directories'
    expect((await client.call('POST', folders, {}, { directoryName: 'Sprawy różne' })).status).toBe(200)
    expect((await client.call('POST', folders, {}, { directoryName: 'sprawy RÓŻNE' })).status).toBe(400)
    expect((await client.call('GET', folders)).json).toHaveLength(6)
    expect((await client.call('GET', '/{eDeliveryAddress}/numberMessages')).json).toHaveLength(6)
    expect((await client.call('GET', '/dictionary/countries')).json).toContain('Polska')
  })

  it('answers 401 without a token and with one that the world has outlived, 403 at another mailbox', async () => {
    const none = await client.call('GET', MESSAGES, {}, undefined, { authorization: '' })
    expect(none.status).toBe(401)
    const other = await client.call('GET', MESSAGES, { eDeliveryAddress: 'AE:PL-10000-20003-DRUGI-23' })
    expect(other.status).toBe(403)
    sandbox.clock.advance('PT6M')
    expect((await client.call('GET', MESSAGES)).status).toBe(401)
    client.forgetToken()
    expect((await client.call('GET', MESSAGES)).status).toBe(200)
  })
})

describe('a client in too great a hurry', () => {
  it('is told to wait', async () => {
    process.env.SANDBOX_PURDE_RATE = '3'
    const dir = mkdtempSync(join(tmpdir(), 'sandbox-rate-'))
    const sandbox = await createSandbox({ dir })
    const client = new UaClient(sandbox, check)
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.call('GET', MESSAGES)))
    await sandbox.close()
    rmSync(dir, { recursive: true, force: true })
    const refused = answers.filter(answer => answer.status === 429)
    expect(answers.filter(answer => answer.status === 200).length).toBeGreaterThanOrEqual(3)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
  }, 60000)
})
