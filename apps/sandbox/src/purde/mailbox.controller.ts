import { Body, Controller, Get, HttpCode, Param, Patch, Post, UseFilters, UseGuards } from '@nestjs/common'
import { freshId } from '../world/fresh-id.js'
import { AccessGuard, Scope } from './access.guard.js'
import { AnswerFilter } from './answer.filter.js'
import { readPatch } from './patch-message.js'
import { PurdeStore } from './purde-store.js'
import type { Json } from './show-message.js'
import { refuse } from './ua-error.js'

const PREDEFINED = ['INBOX', 'OUTBOX', 'SENT', 'DRAFT', 'TRASH']
const FOLDER_NAME = /^(?! )[\p{Script=Latin}0-9 \-_.:]{3,30}(?<! )$/u

/** Settings and folders of a mailbox in the UA API. */
@Controller('api/v3/:ade')
@UseGuards(AccessGuard)
@UseFilters(AnswerFilter)
export class MailboxController {
  constructor(private readonly store: PurdeStore) {}

  @Get('settings')
  @Scope('read_settings')
  settings(@Param('ade') ade: string): Json {
    return { ...this.store.state.settings[ade], settings: {} }
  }

  @Patch('settings')
  @Scope('write_settings')
  change(@Param('ade') ade: string, @Body() body: unknown): Json[] {
    const operation = readPatch(body)
    const name = operation?.path.replace(/^\//, '')
    if (name !== 'phoneNumber' && name !== 'email') refuse('INVALID_REQUEST', 'the path is phoneNumber or email')
    const settings = (this.store.state.settings[ade] ??= {})
    if (operation?.op === 'remove') delete settings[name]
    else settings[name] = String(operation?.value)
    this.store.changed()
    return [this.settings(ade)]
  }

  @Get('directories')
  directories(@Param('ade') ade: string): Json[] {
    const predefined = PREDEFINED.map(name => ({ directoryId: name, name, label: name, type: 'predefined' }))
    const defined = (this.store.state.folders[ade] ?? []).map(folder => ({
      ...folder,
      label: folder.name.toLocaleUpperCase('pl'),
      type: 'defined'
    }))
    return [...predefined, ...defined]
  }

  /** Rule R11: 3 to 30 characters, no blank at the edges, unique without regard to case, not a reserved name. */
  @Post('directories')
  @HttpCode(200)
  @Scope('write_settings')
  addDirectory(@Param('ade') ade: string, @Body() body: { directoryName?: unknown } | undefined): Json[] {
    const name = typeof body?.directoryName === 'string' ? body.directoryName : ''
    if (!FOLDER_NAME.test(name)) refuse('INVALID_DIRECTORY', 'the name of the directory is not allowed')
    const taken = this.directories(ade).map(directory => String(directory.name).toLocaleLowerCase('pl'))
    if (taken.includes(name.toLocaleLowerCase('pl'))) refuse('INVALID_DIRECTORY', 'the name is taken')
    const folders = (this.store.state.folders[ade] ??= [])
    folders.push({ directoryId: freshId(), name })
    this.store.changed()
    return this.directories(ade)
  }

  @Get('numberMessages')
  numbers(@Param('ade') ade: string): Json[] {
    const messages = this.store.messages(ade)
    const count = (name: unknown) => {
      if (name === 'DRAFT') return this.store.drafts(ade).length
      if (name === 'TRASH') return messages.filter(message => message.inTrash).length
      return messages.filter(message => !message.inTrash && message.folder === name).length
    }
    return this.directories(ade).map(directory => ({
      ...directory,
      numberOfUnreadMessages: 0,
      total: count(directory.name)
    }))
  }
}

/** Dictionaries of the UA API; they belong to no mailbox and need no token. */
@Controller('api/v3/dictionary')
export class DictionaryController {
  @Get('countries')
  countries(): string[] {
    const names = new Intl.DisplayNames('pl', { type: 'region' })
    return COUNTRIES.map(code => names.of(code) ?? code).sort((a, b) => a.localeCompare(b, 'pl'))
  }
}

// Member states of the European Union and of the European Free Trade Association.
const COUNTRIES = 'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE CH IS LI NO'.split(
  ' '
)
