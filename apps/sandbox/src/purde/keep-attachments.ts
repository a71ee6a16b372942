import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { Inject, Injectable } from '@nestjs/common'
import { freshId } from '../world/fresh-id.js'
import { Ledger } from '../world/ledger.js'
import { checkDeclared, checkName, type DeclaredFile, INLINE_LIMIT } from './attachment-rules.js'
import type { StoredAttachment, StoredDraft } from './mailbox-state.js'
import { MalformedMultipart, readMultipart } from './multipart.js'
import { PURDE_SETTINGS, type PurdeSettings } from './purde-settings.js'
import { PurdeStore } from './purde-store.js'
import type { IncomingAttachment } from './read-message.js'
import { refuse, type UaError, UaRefusal } from './ua-error.js'

const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/

/** Takes the files of a message in: inline from JSON, or uploaded as a form that is never held in memory whole. */
@Injectable()
export class KeepAttachments {
  constructor(
    private readonly store: PurdeStore,
    private readonly ledger: Ledger,
    @Inject(PURDE_SETTINGS) private readonly settings: PurdeSettings
  ) {}

  /**
   * The attachments that a message names: those kept already (by identifier), and new ones inline.
   *
   * @throws UaRefusal with every fault found; then nothing has changed but files that nobody names
   */
  async fromJson(incoming: IncomingAttachment[], kept: StoredAttachment[]): Promise<StoredAttachment[]> {
    const faults: UaError[] = []
    const attachments: StoredAttachment[] = []
    for (const item of incoming) {
      const old = kept.find(candidate => candidate.attachmentId === item.attachmentId)
      const taken = attachments.map(attachment => attachment.filename)
      const attachment = old && item.file?.file === undefined ? old : await this.takeInline(item, taken, faults)
      if (attachment) attachments.push({ ...attachment, order: item.order ?? attachments.length + 1 })
    }
    faults.push(...this.checkTotal(attachments))
    if (faults.length > 0) throw new UaRefusal(faults)
    return attachments
  }

  /** Takes one uploaded file into a draft. @throws UaRefusal */
  async fromForm(draft: StoredDraft, body: AsyncIterable<Buffer>, boundary: string): Promise<StoredAttachment> {
    const temporary = this.store.pathOf('attachments', `upload-${freshId()}`)
    try {
      const { fields, size, sha256, sha3 } = await this.readForm(body, boundary, temporary)
      const filename = fields.get('filename') ?? ''
      const declared: DeclaredFile = { ...declaredIn(fields) }
      const fault =
        checkName(filename, namesOf(draft)) ??
        (fields.has('contentType') ? undefined : invalid('contentType is missing')) ??
        checkDeclared(declared, size, sha3)
      const attachment: StoredAttachment = {
        attachmentId: freshId(),
        order: draft.attachments.length + 1,
        filename,
        contentType: fields.get('contentType') ?? '',
        size,
        sha256,
        sha3,
        ...(fields.has('description') ? { description: fields.get('description') } : {})
      }
      const faults = [...(fault ? [fault] : []), ...this.checkTotal([...draft.attachments, attachment])]
      if (faults.length > 0) throw new UaRefusal(faults)
      const path = this.store.pathOf('attachments', sha256)
      if (!existsSync(path)) await rename(temporary, path)
      this.noteDown(attachment)
      return attachment
    } catch (error) {
      if (error instanceof MalformedMultipart) refuse('INVALID_REQUEST', error.message)
      throw error
    } finally {
      await rm(temporary, { force: true })
    }
  }

  /** One new inline file for a draft that has others already. @throws UaRefusal */
  async fromFile(draft: StoredDraft, item: IncomingAttachment): Promise<StoredAttachment> {
    const faults: UaError[] = []
    const attachment = await this.takeInline(item, namesOf(draft), faults)
    if (attachment) faults.push(...this.checkTotal([...draft.attachments, attachment]))
    if (!attachment || faults.length > 0) throw new UaRefusal(faults)
    return { ...attachment, order: draft.attachments.length + 1 }
  }

  private async takeInline(
    item: IncomingAttachment,
    taken: string[],
    faults: UaError[]
  ): Promise<StoredAttachment | undefined> {
    const fault = (error: UaError): undefined => void faults.push(error)
    const { fileMetadata: metadata = {}, file } = item.file ?? {}
    const named = checkName(metadata.filename ?? '', taken)
    if (named) return fault(named)
    if (file === undefined) return fault(invalid('the attachment has no file'))
    if (!BASE64.test(file)) return fault(invalid('the file is not base64'))
    const bytes = Buffer.from(file, 'base64')
    if (bytes.length > INLINE_LIMIT) return fault(invalid('an inline file is larger than 15 MB'))
    const sha3 = createHash('sha3-512').update(bytes).digest('hex')
    const wrong = checkDeclared(metadata, bytes.length, sha3)
    if (wrong) return fault(wrong)
    const attachment: StoredAttachment = {
      attachmentId: freshId(),
      order: 1,
      filename: metadata.filename ?? '',
      contentType: metadata.contentType ?? 'application/octet-stream',
      size: bytes.length,
      sha256: await this.store.keepBytes('attachments', bytes),
      sha3,
      ...(metadata.description === undefined ? {} : { description: metadata.description })
    }
    this.noteDown(attachment)
    return attachment
  }

  private async readForm(body: AsyncIterable<Buffer>, boundary: string, path: string) {
    const fields = new Map<string, string>()
    const sha256 = createHash('sha256')
    const sha3 = createHash('sha3-512')
    let size = 0
    let part = ''
    let field = Buffer.alloc(0)
    const file = createWriteStream(path)
    // Attached before anything can fail, so that an error of the disk rejects here and nowhere else.
    const written = finished(file)
    written.catch(() => undefined)
    try {
      for await (const event of readMultipart(body, boundary)) {
        if (event.kind === 'part') {
          part = event.name
          field = Buffer.alloc(0)
        } else if (event.kind === 'end') {
          fields.set(part, field.toString('utf8'))
        } else if (part !== 'file') {
          field = Buffer.concat([field, event.bytes])
          if (field.length > 64 * 1024) refuse('INVALID_REQUEST', 'a field of the form is too long')
        } else {
          size += event.bytes.length
          if (size > this.settings.totalBytes) refuse('ATTACHMENTS_TOO_LARGE', 'the attachments are too large')
          sha256.update(event.bytes)
          sha3.update(event.bytes)
          // The chunk is a window into a buffer that is not reused, so it may wait in the stream's queue.
          if (!file.write(event.bytes)) await Promise.race([once(file, 'drain'), written])
        }
      }
    } finally {
      file.end()
      await written
    }
    if (!fields.has('file')) refuse('INVALID_REQUEST', 'the form has no file')
    return { fields, size, sha256: sha256.digest('hex'), sha3: sha3.digest('hex') }
  }

  private checkTotal(attachments: StoredAttachment[]): UaError[] {
    const total = attachments.reduce((sum, attachment) => sum + attachment.size, 0)
    if (total <= this.settings.totalBytes) return []
    return [{ error: 'ATTACHMENTS_TOO_LARGE', error_description: 'the attachments together are too large' }]
  }

  private noteDown(attachment: StoredAttachment): void {
    const { sha256, size, attachmentId } = attachment
    this.ledger.write({ surface: 'purde', action: 'attachment-received', attachmentId, sha256, size })
  }
}

function namesOf(draft: StoredDraft): string[] {
  return draft.attachments.map(attachment => attachment.filename)
}

function invalid(error_description: string): UaError {
  return { error: 'INVALID_ATTACHMENT', error_description }
}

function declaredIn(fields: Map<string, string>): DeclaredFile {
  const size = fields.get('size')
  return {
    ...(size ? { size: Number(size) } : {}),
    ...(fields.get('alg') ? { alg: fields.get('alg') } : {}),
    ...(fields.get('hash') ? { hash: fields.get('hash') } : {})
  }
}
