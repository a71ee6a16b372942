import { createReadStream } from 'node:fs'
import { Body, Controller, Get, HttpCode, Param, Post, StreamableFile, UseFilters, UseGuards } from '@nestjs/common'
import { Ledger } from '../world/ledger.js'
import { AccessGuard } from './access.guard.js'
import { AnswerFilter } from './answer.filter.js'
import { INLINE_LIMIT } from './attachment-rules.js'
import type { StoredAttachment } from './mailbox-state.js'
import { PurdeStore } from './purde-store.js'
import { type Json, showAttachment } from './show-message.js'
import { refuse } from './ua-error.js'

/** Attachments of sent messages in the UA API. */
@Controller('api/v3/:ade')
@UseGuards(AccessGuard)
@UseFilters(AnswerFilter)
export class AttachmentsController {
  constructor(
    private readonly store: PurdeStore,
    private readonly ledger: Ledger
  ) {}

  @Get('messages/:messageId/attachments/:attachmentId')
  show(
    @Param('ade') ade: string,
    @Param('messageId') messageId: string,
    @Param('attachmentId') attachmentId: string
  ): Promise<Json> {
    return readAttachmentFile(this.store, this.find(ade, messageId, attachmentId))
  }

  @Post('attachments/download')
  @HttpCode(200)
  download(
    @Param('ade') ade: string,
    @Body() body: { messageId?: unknown; attachmentId?: unknown } | undefined
  ): StreamableFile {
    const attachment = this.find(ade, String(body?.messageId), String(body?.attachmentId))
    this.ledger.write({ surface: 'purde', action: 'attachment-downloaded', sha256: attachment.sha256 })
    return new StreamableFile(createReadStream(this.store.pathOf('attachments', attachment.sha256)), {
      type: 'application/octet-stream',
      length: attachment.size
    })
  }

  private find(ade: string, messageId: string, attachmentId: string): StoredAttachment {
    const holder = this.store.message(ade, messageId) ?? this.store.draft(ade, messageId)
    if (!holder) refuse('MESSAGE_NOT_FOUND', 'there is no such message', messageId)
    const attachment = holder.attachments.find(candidate => candidate.attachmentId === attachmentId)
    return attachment ?? refuse('ATTACHMENT_NOT_FOUND', 'the message has no such attachment', messageId)
  }
}

/** An attachment with its bytes in base64. @throws UaRefusal when it is too large to stand in JSON */
export async function readAttachmentFile(store: PurdeStore, attachment: StoredAttachment): Promise<Json> {
  if (attachment.size > INLINE_LIMIT) refuse('ATTACHMENT_TOO_LARGE', 'the attachment must be downloaded as a file')
  return showAttachment(attachment, (await store.readBytes('attachments', attachment.sha256)).toString('base64'))
}
