import { createHash } from 'node:crypto'
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { OperatorTokens } from '../operator-token/operator-tokens.js'
import { Ledger } from '../world/ledger.js'
import type { Scenario } from '../world/scenario.js'
import { findByAddresses, findByCriteria } from './register.js'
import { edaRecord, fullHolderRecord, holderRecord, shortEdaRecord } from './search-answer.js'
import { searchError } from './search-error.js'
import { type BaeSearch, readBaeSearch, readEdaConfirmation, readEdaSearch } from './search-request.js'

type Answer = Record<string, unknown>

/** The search interface of the electronic addresses database (Search Engine API 4.0.5). */
@Controller('api/se/v4/search')
export class BaeController {
  constructor(
    private readonly tokens: OperatorTokens,
    private readonly ledger: Ledger
  ) {}

  @Post('bae_search')
  @HttpCode(200)
  async search(@Req() request: FastifyRequest, @Body() body: unknown): Promise<Answer> {
    const search = await this.#read(request, body, readBaeSearch)
    const matching = search.recipientEdasOnly ? findByAddresses(search.recipientEdas ?? []) : findByCriteria(search)
    const found = this.#noted('bae-search', search.senderEda, identifiersOf(search), matching)
    if (found.length === 0) throw searchError('SEAPI-00010')
    const baeSearchResponses = page(found, search).map(entry => ({
      recipientEda: edaRecord(entry),
      baeSearchData: [{ index: 1, ...fullHolderRecord(entry) }]
    }))
    return { baeSearchResponses, totalResults: found.length }
  }

  @Post('eda-search')
  @HttpCode(200)
  async searchAddresses(@Req() request: FastifyRequest, @Body() body: unknown): Promise<Answer> {
    const search = await this.#read(request, body, readEdaSearch)
    const { senderEda, recipientEdas } = search
    const found = this.#noted('eda-search', senderEda, recipientEdas, findByAddresses(recipientEdas))
    if (found.length === 0) throw searchError('SEAPI-00010')
    const edaSearchResponses = page(found, search).map(entry => ({
      recipientEda: shortEdaRecord(entry),
      recipient: holderRecord(entry)
    }))
    return { edaSearchResponses, totalResults: found.length }
  }

  @Post('eda-confirmation')
  @HttpCode(200)
  async confirm(@Req() request: FastifyRequest, @Body() body: unknown): Promise<Answer> {
    const { senderEda, recipientEda } = await this.#read(request, body, readEdaConfirmation)
    const [entry] = this.#noted('eda-confirmation', senderEda, [recipientEda], findByAddresses([recipientEda]))
    if (!entry) throw searchError('SEAPI-00010')
    return { recipientEda: edaRecord(entry), recipient: fullHolderRecord(entry) }
  }

  async #read<T extends { senderEda: string }>(
    request: FastifyRequest,
    body: unknown,
    read: (body: unknown) => T
  ): Promise<T> {
    const token = await this.tokens.identify(request)
    const question = read(body)
    // A question in another office's name shows a mix-up at the caller.
    if (question.senderEda !== token.ade) throw searchError('SEAPI-00001', 'senderEda', 403)
    return question
  }

  // Written down also when nothing was found. Identifiers go in as digests only.
  #noted(action: string, senderEda: string, identifiers: string[], found: Scenario[]): Scenario[] {
    const asked = identifiers.map(identifier => createHash('sha256').update(identifier).digest('hex'))
    this.ledger.write({ surface: 'bae', action, sender: senderEda, asked, found: found.length })
    return found
  }
}

function identifiersOf(search: BaeSearch): string[] {
  return [...(search.recipientEdas ?? []), ...(search.officialIds ?? []).map(({ id }) => id)]
}

// `offset` counts pages, not results (contract: "Page number").
function page<T>(found: T[], { offset, limit }: { offset: number; limit: number }): T[] {
  return found.slice(offset * limit, (offset + 1) * limit)
}
