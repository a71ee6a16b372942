import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Injectable } from '@nestjs/common'
import { freshId } from '../world/fresh-id.js'
import { StateStore } from '../world/state-store.js'
import type { MailboxState, StoredDraft, StoredEvidence, StoredMessage, StoredTask } from './mailbox-state.js'

const EMPTY: MailboxState = {
  drafts: {},
  messages: {},
  evidences: {},
  tasks: {},
  lostOnce: {},
  settings: {},
  folders: {}
}

/** The memory of the public service: records in the sandbox's state, bytes in files named by their SHA-256. */
@Injectable()
export class PurdeStore {
  readonly state: MailboxState
  private readonly messagesOf = new Map<string, StoredMessage[]>()
  private readonly evidencesOf = new Map<string, StoredEvidence[]>()

  constructor(private readonly store: StateStore) {
    this.state = { ...structuredClone(EMPTY), ...store.load<Partial<MailboxState>>('purde') }
    for (const folder of ['attachments', 'evidence']) mkdirSync(join(store.dir, folder), { recursive: true })
    for (const message of Object.values(this.state.messages)) pushTo(this.messagesOf, message)
    for (const evidence of Object.values(this.state.evidences)) pushTo(this.evidencesOf, evidence)
  }

  /** Must follow every change of a record. */
  changed(): void {
    this.store.save('purde', this.state)
  }

  draft(mailbox: string, draftId: string): StoredDraft | undefined {
    return ofMailbox(mailbox, this.state.drafts[draftId])
  }

  drafts(mailbox: string): StoredDraft[] {
    return Object.values(this.state.drafts).filter(draft => draft.mailbox === mailbox)
  }

  putDraft(draft: StoredDraft): void {
    this.state.drafts[draft.draftId] = draft
    this.changed()
  }

  removeDraft(draftId: string): void {
    delete this.state.drafts[draftId]
    this.changed()
  }

  message(mailbox: string, messageId: string): StoredMessage | undefined {
    return ofMailbox(mailbox, this.state.messages[messageId])
  }

  /** The messages of a mailbox, oldest first. */
  messages(mailbox: string): StoredMessage[] {
    return this.messagesOf.get(mailbox) ?? []
  }

  putMessage(message: StoredMessage): void {
    this.state.messages[message.messageId] = message
    pushTo(this.messagesOf, message)
    this.changed()
  }

  /** Forgets a message; its evidence stays in the list of the mailbox. */
  removeMessage(message: StoredMessage): void {
    delete this.state.messages[message.messageId]
    const rest = this.messages(message.mailbox).filter(other => other !== message)
    this.messagesOf.set(message.mailbox, rest)
    this.changed()
  }

  evidence(mailbox: string, evidenceId: string): StoredEvidence | undefined {
    return ofMailbox(mailbox, this.state.evidences[evidenceId])
  }

  /** The evidence of a mailbox in the order in which it appeared. */
  evidences(mailbox: string): StoredEvidence[] {
    return this.evidencesOf.get(mailbox) ?? []
  }

  /** The evidence of one message in the order in which it appeared, forged items included. */
  evidencesOfMessage(message: StoredMessage): StoredEvidence[] {
    return message.evidenceIds.flatMap(id => this.state.evidences[id] ?? [])
  }

  putEvidence(evidence: StoredEvidence): void {
    this.state.evidences[evidence.evidenceId] = evidence
    pushTo(this.evidencesOf, evidence)
    this.changed()
  }

  task(mailbox: string, taskId: string): StoredTask | undefined {
    return ofMailbox(mailbox, this.state.tasks[taskId])
  }

  putTask(task: StoredTask): void {
    this.state.tasks[task.taskId] = task
    this.changed()
  }

  /** Path of the file that holds (or will hold) the bytes with this SHA-256. */
  pathOf(kind: 'attachments' | 'evidence', sha256: string): string {
    return join(this.store.dir, kind, sha256)
  }

  /** Keeps bytes and returns their SHA-256 (hex); the same bytes are kept once. */
  async keepBytes(kind: 'attachments' | 'evidence', bytes: Buffer): Promise<string> {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const path = this.pathOf(kind, sha256)
    if (!existsSync(path)) {
      const fresh = `${path}.${freshId()}`
      await writeFile(fresh, bytes)
      await rename(fresh, path)
    }
    return sha256
  }

  readBytes(kind: 'attachments' | 'evidence', sha256: string): Promise<Buffer> {
    return readFile(this.pathOf(kind, sha256))
  }
}

/** An identifier in the form of a UUID that follows from the given facts alone: the same facts, the same identifier. */
export function deriveId(...facts: string[]): string {
  const hex = createHash('sha256').update(facts.join('\u0000')).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-'
  )
}

function ofMailbox<T extends { mailbox: string }>(mailbox: string, record: T | undefined): T | undefined {
  return record?.mailbox === mailbox ? record : undefined
}

function pushTo<T extends { mailbox: string }>(index: Map<string, T[]>, record: T): void {
  const list = index.get(record.mailbox)
  if (list) list.push(record)
  else index.set(record.mailbox, [record])
}
