import { ValidationPipe, type ArgumentMetadata, type PipeTransform, type Type } from '@nestjs/common'
import { ValidateBy, ValidateIf, type ValidationError, type ValidationOptions } from 'class-validator'
import { gatewayProblems } from './gateway.errors.js'
import { InvalidRequest, type FieldProblem } from './problem-document.js'

/** What to say about a field that breaks a rule. Never quotes the value. */
export const says = (pl: string, en: string, options: ValidationOptions = {}): ValidationOptions => ({
  ...options,
  context: { pl, en }
})

/** Present or absent, but never null: class-validator's own IsOptional lets null through. */
export function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined)
}

/**
 * Text that databases, XML and people can hold: well-formed Unicode, no control characters, no non-characters.
 * @param lines `many`: line breaks and tabs are allowed
 */
export function IsCleanText(lines: 'one' | 'many', options?: ValidationOptions): PropertyDecorator {
  const forbidden = lines === 'one' ? /[\p{Cc}\ufffe\uffff]/u : /(?![\t\n\r])[\p{Cc}\ufffe\uffff]/u
  const validate = (value: unknown) => typeof value === 'string' && value.isWellFormed() && !forbidden.test(value)
  return ValidateBy({ name: 'isCleanText', validator: { validate } }, options)
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/
const instantProblem = says(
  'Data i godzina ze strefą, np. 2026-10-12T08:00:00Z (ISO 8601).',
  'Date and time with its zone, such as 2026-10-12T08:00:00Z (ISO 8601).'
)

/** A moment with its zone, as text. */
export function IsInstant(): PropertyDecorator {
  const validate = (value: unknown) =>
    typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(new Date(value).getTime())
  return ValidateBy({ name: 'isInstant', validator: { validate } }, instantProblem)
}

/** Opaque to callers; inside is the id of the last entry of the page before. */
export function IsCursor(): PropertyDecorator {
  const validate = (value: unknown) =>
    typeof value === 'string' &&
    /^[\w-]{48}$/.test(value) &&
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(Buffer.from(value, 'base64url').toString())
  return ValidateBy(
    { name: 'isCursor', validator: { validate } },
    says('Nieznany kursor; użyj nextCursor z poprzedniej strony.', 'Unknown cursor; use nextCursor of the page before.')
  )
}

/** The cursor after which a list goes on. */
export const cursorOf = (lastId: string): string => Buffer.from(lastId).toString('base64url')

/** The id in a checked cursor. */
export const idInCursor = (cursor: string): string => Buffer.from(cursor, 'base64url').toString()

/** Checks a JSON body against a class; unknown members are refused, not dropped: a typing error must not change a letter. */
export function bodyOf(type: Type): PipeTransform {
  const invalid = (errors: FieldProblem[]) => new InvalidRequest(gatewayProblems['body-invalid'], errors)
  const members = pipe(type, errors => invalid(fieldProblems(errors, '', inBody)))
  return {
    transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
      // the mapper would turn an array into a list of instances, and nothing into an empty object
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw invalid([{ pointer: '', pl: 'Wymagany jest obiekt JSON.', en: 'A JSON object is required.' }])
      return members.transform(value, metadata)
    }
  }
}

/** How many queries of one kind are remembered as good. */
const REMEMBERED = 64

/**
 * Checks query parameters against a class. Who sends a thousand documents asks the same each time: a query that was found
 * good is not looked at again, and all who ask it share the answer, which is frozen for that reason.
 */
export function queryOf(type: Type): PipeTransform {
  const invalid = (errors: FieldProblem[]) => new InvalidRequest(gatewayProblems['query-invalid'], errors)
  const parameters = pipe(type, errors => invalid(fieldProblems(errors, '', inQuery)))
  const good = new Map<string, object>()
  return {
    async transform(value: unknown, metadata: ArgumentMetadata): Promise<object> {
      const text = JSON.stringify(value)
      const known = good.get(text)
      if (known) return known
      const checked = Object.freeze(await parameters.transform(value, metadata)) as object
      if (good.size === REMEMBERED) good.clear()
      good.set(text, checked)
      return checked
    }
  }
}

function pipe(expectedType: Type, exceptionFactory: (errors: ValidationError[]) => Error): ValidationPipe {
  return new ValidationPipe({
    expectedType,
    exceptionFactory,
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    validationError: { target: false, value: false }
  })
}

type Place = (path: string) => Pick<FieldProblem, 'pointer' | 'parameter'>
const inBody: Place = path => ({ pointer: path })
const inQuery: Place = path => ({ parameter: path.slice(1) })

const UNKNOWN_FIELD = { pl: 'Nieznane pole.', en: 'Unknown field.' }
const WRONG = { pl: 'Niedozwolona wartość.', en: 'The value is not allowed.' }

/** Longest name of a field that is repeated in an answer: names of unknown fields are the caller's own text. */
const LONGEST_NAME = 64

function fieldProblems(errors: readonly ValidationError[], path: string, place: Place): FieldProblem[] {
  return errors.flatMap(error => {
    const here = `${path}/${pointerPart(error.property)}`
    const broken = Object.keys(error.constraints ?? {}).map(rule => ({
      ...place(here),
      ...(rule === 'whitelistValidation' ? UNKNOWN_FIELD : bilingual(error.contexts?.[rule]))
    }))
    return [...broken, ...fieldProblems(error.children ?? [], here, place)]
  })
}

function bilingual(context: unknown): { pl: string; en: string } {
  const { pl, en } = { ...WRONG, ...(context as object | undefined) }
  return { pl, en }
}

/** RFC 6901, 3: `~` and `/` inside a name are escaped. */
function pointerPart(name: string): string {
  return name.slice(0, LONGEST_NAME).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')
}
