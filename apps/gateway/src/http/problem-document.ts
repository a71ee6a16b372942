import { STATUS_CODES } from 'node:http'
import { Refused, type ProblemFacts, type ProblemType } from '#platform'
import type { Language } from './language.js'

/** Media type of every answer that reports a problem (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** What is wrong with one field of a body or one query parameter. Never holds the value. */
export interface FieldProblem {
  /** Where in the body (JSON pointer, RFC 6901). */
  pointer?: string
  /** Which query parameter. */
  parameter?: string
  pl: string
  en: string
}

/** A request that was understood but has errors in its fields: lists all of them, so that they are mended in one go. */
export class InvalidRequest extends Refused {
  constructor(
    type: ProblemType,
    readonly errors: readonly FieldProblem[]
  ) {
    super(type)
    this.name = 'InvalidRequest'
  }
}

/** What a problem document is made of. */
export interface Problem {
  type: ProblemType
  facts?: ProblemFacts
  errors?: readonly FieldProblem[]
}

/**
 * The body of a problem answer (RFC 9457, 3): `title` and `detail` in the reader's language, `pl` and `en` always,
 * `code` for programs. `type` is a URI reference to the catalogue of this very gateway; `instance` is left out,
 * because paths hold ids of letters and `traceId` already names the occurrence.
 */
export function problemDocument(problem: Problem, language: Language, traceId: string): Record<string, unknown> {
  const { type, facts = {}, errors } = problem
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  return {
    type: `/problems/${type.code}`,
    title: titleOf(type.status, language),
    status: type.status,
    detail: type[language],
    code: type.code,
    pl: type.pl,
    en: type.en,
    traceId,
    ...(known.length > 0 ? { facts: Object.fromEntries(known) } : {}),
    ...(errors ? { errors } : {})
  }
}

/** Short names of the status codes that Goniec answers with. */
const TITLES_PL: Readonly<Record<number, string>> = {
  400: 'Niepoprawne żądanie',
  401: 'Wymagane uwierzytelnienie',
  403: 'Brak uprawnień',
  404: 'Nie znaleziono',
  405: 'Niedozwolona metoda',
  408: 'Przekroczony czas żądania',
  409: 'Konflikt ze stanem zasobu',
  411: 'Wymagana długość treści',
  413: 'Zbyt duża treść',
  414: 'Zbyt długi adres',
  415: 'Nieobsługiwany rodzaj treści',
  422: 'Nieprawidłowe dane',
  431: 'Zbyt duże nagłówki',
  500: 'Błąd wewnętrzny',
  503: 'Usługa chwilowo niedostępna'
}

function titleOf(status: number, language: Language): string {
  return (language === 'pl' ? TITLES_PL[status] : STATUS_CODES[status]) ?? `HTTP ${status}`
}
