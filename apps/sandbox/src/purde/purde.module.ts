import { Module } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import type { FastifyInstance } from 'fastify'
import { AccessGuard } from './access.guard.js'
import { AttachmentsController } from './attachments.controller.js'
import { DeliveryEngine } from './delivery-engine.js'
import { DraftsController } from './drafts.controller.js'
import { EvidenceSeals } from './evidence-seals.js'
import { EvidencesController } from './evidences.controller.js'
import { IssueEvidence } from './issue-evidence.js'
import { KeepAttachments } from './keep-attachments.js'
import { DictionaryController, MailboxController } from './mailbox.controller.js'
import { MessagesController } from './messages.controller.js'
import { PURDE_SETTINGS, readPurdeSettings } from './purde-settings.js'
import { PurdeStore } from './purde-store.js'
import { SaveDraft } from './save-draft.js'
import { SendDraft } from './send-draft.js'

/** The mailbox of the public service: UA API 3.0.8.2 under /api/v3, with an engine that delivers and issues evidence. */
@Module({
  // The controller of evidence comes first: its literal paths lie beside the identifiers of messages.
  controllers: [
    EvidencesController,
    MessagesController,
    DraftsController,
    AttachmentsController,
    MailboxController,
    DictionaryController
  ],
  providers: [
    { provide: PURDE_SETTINGS, useFactory: () => readPurdeSettings(process.env) },
    PurdeStore,
    EvidenceSeals,
    IssueEvidence,
    DeliveryEngine,
    KeepAttachments,
    SaveDraft,
    SendDraft,
    AccessGuard
  ]
})
export class PurdeModule {
  constructor(host: HttpAdapterHost) {
    const fastify = host.httpAdapter.getInstance<FastifyInstance>()
    // Uploads are read by their own handler while they arrive; the server must not collect them first.
    fastify.addContentTypeParser('multipart/form-data', (_request, payload, done) => done(null, payload))
  }
}
