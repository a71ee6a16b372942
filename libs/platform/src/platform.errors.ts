import { declareProblems } from './problem.js'

/** Problems that may come from any part of Goniec. */
export const platformProblems = declareProblems('platform', {
  'database-unavailable': {
    status: 503,
    pl: 'Baza danych jest chwilowo niedostępna. Nic nie zostało utracone; proszę powtórzyć żądanie później.',
    en: 'The database is unavailable at the moment. Nothing was lost; repeat the request later.'
  },
  'internal-error': {
    status: 500,
    pl: 'Wystąpił nieoczekiwany błąd. Proszę podać identyfikator śledzenia administratorowi.',
    en: 'Something unexpected went wrong. Give the trace id to the operator.'
  },
  'sealed-data-unreadable': {
    status: 500,
    pl: 'Nie można odczytać zaszyfrowanych danych: nieznany klucz albo zmienione bajty.',
    en: 'Encrypted data cannot be read: unknown key or changed bytes.'
  }
})
