import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  UseFilters,
  UseGuards
} from '@nestjs/common'
import { Faults } from '../world/faults.js'
import { freshId } from '../world/fresh-id.js'
import { Ledger } from '../world/ledger.js'
import { WorldClock } from '../world/world-clock.js'
import { AccessGuard, Scope } from './access.guard.js'
import { AnswerFilter } from './answer.filter.js'
import { INLINE_LIMIT } from './attachment-rules.js'
import { identifiersIn } from './drafts.controller.js'
import { findMessages, type ListQuery, page } from './find-messages.js'
import { KeepAttachments } from './keep-attachments.js'
import type { StoredMessage, StoredTask } from './mailbox-state.js'
import { patchMessage, readPatch } from './patch-message.js'
import { PurdeStore } from './purde-store.js'
import { readMessage } from './read-message.js'
import { refuseWhenDown } from './save-draft.js'
import { SendDraft } from './send-draft.js'
import { type Json, type MessageFormat, showMessage } from './show-message.js'
import { refuse } from './ua-error.js'

/** Sent messages and send tasks of the UA API. */
@Controller('api/v3/:ade/messages')
@UseGuards(AccessGuard)
@UseFilters(AnswerFilter)
export class MessagesController {
  constructor(
    private readonly store: PurdeStore,
    private readonly sendDraft: SendDraft,
    private readonly keepAttachments: KeepAttachments,
    private readonly clock: WorldClock,
    private readonly ledger: Ledger,
    private readonly faults: Faults
  ) {}

  @Get()
  list(@Param('ade') ade: string, @Query() query: ListQuery): Json {
    const evidencesOf = (message: StoredMessage) => this.store.evidencesOfMessage(message)
    const found = findMessages(this.store.messages(ade), evidencesOf, query)
    const format = query.format === 'metadata' ? 'metadata' : 'minimal'
    const now = this.clock.now()
    const messages = page(found, query, 2000).map(message => showMessage(message, evidencesOf(message), format, now))
    this.ledger.write({ surface: 'purde', action: 'messages-listed', sender: ade, label: query.label ?? '' })
    return { messages, total: found.length, electronicCount: 0, resultSize: messages.length }
  }

  @Post()
  @HttpCode(202)
  @Scope('write_messages')
  async send(@Param('ade') ade: string, @Body() body: unknown): Promise<Json> {
    const { content, attachments = [] } = readMessage(body, ade)
    refuseWhenDown(this.faults, content)
    const kept = await this.keepAttachments.fromJson(attachments, [])
    const createdAt = this.clock.now().toISOString()
    const draft = { draftId: freshId(), mailbox: ade, content, attachments: kept, createdAt }
    return { messageTaskId: this.sendDraft.execute(draft) }
  }

  /** While a task is pending it has no results yet. */
  @Get('tasks/:taskId')
  taskResults(@Param('ade') ade: string, @Param('taskId') taskId: string): Json[] {
    const task = this.task(ade, taskId)
    if (this.isPending(task)) return []
    return task.results.map(({ recipient, messageId, error }) => ({
      ...(messageId === undefined ? {} : { messageId }),
      addressee: recipient,
      // Declared as compulsory in the contract but not described there.
      addresseeAde: recipient.eDeliveryAddress,
      status: error ? 'ERROR' : 'OK',
      ...error
    }))
  }

  @Get('tasks/:taskId/status')
  taskStatus(@Param('ade') ade: string, @Param('taskId') taskId: string): Json {
    return { messageTaskStatus: this.isPending(this.task(ade, taskId)) ? 'PENDING' : 'FINISHED' }
  }

  @Get(':messageIds')
  async show(
    @Param('ade') ade: string,
    @Param('messageIds') messageIds: string,
    @Query('format') format: MessageFormat = 'full'
  ): Promise<Json[]> {
    const messages = identifiersIn(messageIds).map(messageId => this.message(ade, messageId))
    const bytes = format === 'fullExtended' ? await this.bytesOf(messages) : undefined
    const now = this.clock.now()
    return messages.map(message => showMessage(message, this.store.evidencesOfMessage(message), format, now, bytes))
  }

  /** Deleting takes two steps: into the bin, then out of it. */
  @Delete(':messageIds')
  @Scope('write_messages')
  remove(@Param('ade') ade: string, @Param('messageIds') messageIds: string): Json[] {
    const messages = identifiersIn(messageIds).map(messageId => this.message(ade, messageId))
    const kept = messages.find(message => !message.inTrash)
    if (kept) refuse('MESSAGE_NOT_IN_TRASH', 'only messages in TRASH can be deleted', kept.messageId)
    for (const message of messages) {
      this.store.removeMessage(message)
      this.ledger.write({ surface: 'purde', action: 'message-deleted', messageId: message.messageId, sender: ade })
    }
    return messages.map(({ messageId }) => ({ messageId }))
  }

  @Patch(':messageIds/message_control_data')
  @Scope('write_messages')
  patch(@Param('ade') ade: string, @Param('messageIds') messageIds: string, @Body() body: unknown): Json[] {
    const operation = readPatch(body)
    const messages = identifiersIn(messageIds).map(messageId => this.message(ade, messageId))
    return messages.map(message => {
      if (operation) patchMessage(message, operation)
      this.store.changed()
      const shown = showMessage(message, this.store.evidencesOfMessage(message), 'metadata', this.clock.now())
      const { opened, status, messageType, labels } = shown.messageControlData as Json
      return { messageId: message.messageId, opened, status, messageType, labels }
    })
  }

  private message(ade: string, messageId: string): StoredMessage {
    return this.store.message(ade, messageId) ?? refuse('MESSAGE_NOT_FOUND', 'there is no such message', messageId)
  }

  private task(ade: string, taskId: string): StoredTask {
    return this.store.task(ade, taskId) ?? refuse('TASK_NOT_FOUND', 'there is no such task')
  }

  private isPending(task: StoredTask): boolean {
    return this.clock.now() < new Date(task.finishedAt)
  }

  private async bytesOf(messages: StoredMessage[]): Promise<Map<string, string>> {
    const small = messages.flatMap(message => message.attachments).filter(({ size }) => size <= INLINE_LIMIT)
    const read = small.map(async ({ sha256 }): Promise<[string, string]> => {
      const bytes = await this.store.readBytes('attachments', sha256)
      return [sha256, bytes.toString('base64')]
    })
    return new Map(await Promise.all(read))
  }
}
