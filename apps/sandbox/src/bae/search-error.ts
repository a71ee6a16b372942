import { HttpException } from '@nestjs/common'
import { freshId } from '../world/fresh-id.js'

// 00001 is the sandbox's guess for bodies of a wrong shape: the other codes are known, that one is not documented publicly.
const messages = {
  'SEAPI-00001': { GB: 'The request is malformed.', PL: 'Żądanie ma nieprawidłową budowę.' },
  'SEAPI-00002': { GB: 'No arguments to search by.', PL: 'Nie podano argumentów wyszukiwania.' },
  'SEAPI-00003': { GB: 'A value is not on its list.', PL: 'Wartość spoza słownika.' },
  'SEAPI-00008': {
    GB: 'Redundant arguments, or arguments of different sets.',
    PL: 'Argumenty nadmiarowe lub z różnych zestawów.'
  },
  'SEAPI-00009': { GB: 'Wrong length or characters of a value.', PL: 'Nieprawidłowa długość lub znaki wartości.' },
  'SEAPI-00010': { GB: 'Nothing was found.', PL: 'Nie znaleziono danych.' }
}

/** Codes of the Search Engine API's errors. */
export type SearchErrorCode = keyof typeof messages

/**
 * A refusal in the form of the contract (SearchEngineError): HTTP 404 for SEAPI-00010, 403 when said so, otherwise 400.
 *
 * @param field which field is meant, appended to the message; never its value
 */
export function searchError(code: SearchErrorCode, field = '', status?: 403): HttpException {
  const httpCode = status ?? (code === 'SEAPI-00010' ? 404 : 400)
  const errorCodes = (['GB', 'PL'] as const).map(language => ({
    errorCode: code,
    language,
    message: messages[code][language] + (field ? ` (${field})` : '')
  }))
  return new HttpException({ httpCode: String(httpCode), id: freshId(), errorCodes }, httpCode)
}
