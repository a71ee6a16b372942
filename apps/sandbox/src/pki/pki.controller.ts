import { Controller, Get, HttpException, Param, Post, Req, Res } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { faultOf } from '../world/fault-gate.js'
import { Ledger } from '../world/ledger.js'
import { WorldClock } from '../world/world-clock.js'
import { revocationList } from './crl.js'
import { answerOcsp } from './ocsp.js'
import { type CertificateAuthority, Pki } from './pki.js'
import { Revocations } from './revocations.js'

/** How old an answer is that is out of date, in milliseconds: longer than answers are good. */
const staleAge = 30 * 86_400_000

/** Longest OCSP request taken from a URL, in characters. */
const longestUrl = 8_192

/** What the certification authorities publish over HTTP: OCSP (RFC 6960 A.1), CRLs and their own certificates (RFC 5280). */
@Controller('pki')
export class PkiController {
  constructor(
    private readonly pki: Pki,
    private readonly revocations: Revocations,
    private readonly clock: WorldClock,
    private readonly ledger: Ledger
  ) {}

  @Post('ocsp/:authority')
  askByPost(@Param('authority') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (!Buffer.isBuffer(request.body)) throw new HttpException('expected application/ocsp-request', 415)
    this.#answer(name, request.body, request, reply)
  }

  // The base64 of a request may have slashes in it, escaped or not, so it is cut out of the URL by hand.
  @Get('ocsp/:authority/*')
  askByGet(@Param('authority') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const text = request.url.slice(`/pki/ocsp/${name}/`.length)
    if (text.length > longestUrl) throw new HttpException('URI Too Long', 414)
    this.#answer(name, Buffer.from(unescaped(text), 'base64'), request, reply)
  }

  @Get('crl/:file')
  list(@Param('file') file: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const authority = this.#authority(file.replace(/\.crl$/, ''))
    const bytes = revocationList(authority, this.revocations, this.#momentFor(request))
    this.ledger.write({ surface: 'crl', action: 'list-issued', file })
    void reply.type('application/pkix-crl').send(spoiltIf(faultOf(request) === 'garbled', bytes))
  }

  @Get('ca/:file')
  certificate(@Param('file') file: string, @Res() reply: FastifyReply): void {
    const { certificate } = this.#authority(file.replace(/\.crt$/, ''))
    void reply.type('application/pkix-cert').send(certificate)
  }

  #answer(name: string, question: Buffer, request: FastifyRequest, reply: FastifyReply): void {
    const { responder, ...authority } = this.#authority(name)
    if (!responder) throw new HttpException('this authority has no OCSP responder', 404)
    const moment = this.#momentFor(request)
    const { bytes, statuses } = answerOcsp(question, { ...authority, responder }, this.revocations, moment)
    this.ledger.write({
      surface: 'ocsp',
      action: statuses.length > 0 ? 'answered' : 'rejected',
      authority: name,
      statuses
    })
    void reply
      .code(200)
      .type('application/ocsp-response')
      .send(spoiltIf(faultOf(request) === 'garbled', bytes))
  }

  #authority(name: string): CertificateAuthority {
    const authority = this.pki.authority(name)
    if (!authority) throw new HttpException('no such authority', 404)
    return authority
  }

  #momentFor(request: FastifyRequest): Date {
    const now = this.clock.now()
    return faultOf(request) === 'stale' ? new Date(now.getTime() - staleAge) : now
  }
}

// As a proxy in the way would: half of it is there, and it looks like nothing.
function spoiltIf(spoilt: boolean, bytes: Buffer): Buffer {
  return spoilt ? Buffer.from(bytes.subarray(0, bytes.length / 2).map(byte => byte ^ 0x5a)) : bytes
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new HttpException('a broken escape in the address', 400)
  }
}
