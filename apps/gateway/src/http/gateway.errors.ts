import { declareProblems } from '#platform'

/** Problems of the HTTP face itself: what is wrong with a request before anybody looks at the letter in it. */
export const gatewayProblems = declareProblems('gateway', {
  'route-unknown': {
    status: 404,
    pl: 'Nie ma takiego zasobu. Opis interfejsu: /docs.',
    en: 'There is no such resource. The interface is described at /docs.'
  },
  'method-not-allowed': {
    status: 405,
    pl: 'Ten zasób nie obsługuje tej metody HTTP; dozwolone podaje nagłówek Allow.',
    en: 'This resource does not support this HTTP method; the header Allow names those that it does.'
  },
  'request-malformed': {
    status: 400,
    pl: 'Żądanie HTTP jest niepoprawne.',
    en: 'The HTTP request is malformed.'
  },
  'request-timed-out': {
    status: 408,
    pl: 'Żądanie nie nadeszło w całości w wyznaczonym czasie.',
    en: 'The request did not arrive completely in time.'
  },
  'url-too-long': { status: 414, pl: 'Adres żądania jest zbyt długi.', en: 'The URL of the request is too long.' },
  'headers-too-large': {
    status: 431,
    pl: 'Nagłówki żądania są zbyt duże.',
    en: 'The headers of the request are too large.'
  },
  'json-malformed': {
    status: 400,
    pl: 'Treść żądania nie jest poprawnym dokumentem JSON w UTF-8 (albo używa niedozwolonych nazw pól).',
    en: 'The body of the request is not well-formed JSON in UTF-8 (or uses forbidden names of members).'
  },
  'body-invalid': {
    status: 422,
    pl: 'Treść żądania zawiera błędy, wymienione w polu errors.',
    en: 'The body of the request has errors, listed in the member errors.'
  },
  'query-invalid': {
    status: 400,
    pl: 'Parametry zapytania zawierają błędy, wymienione w polu errors.',
    en: 'The query parameters have errors, listed in the member errors.'
  },
  'body-too-large': {
    status: 413,
    pl: 'Treść żądania jest zbyt duża.',
    en: 'The body of the request is too large.'
  },
  'media-type-unsupported': {
    status: 415,
    pl: 'Nieobsługiwany rodzaj treści; wymagany jest application/json.',
    en: 'This content type is not supported; application/json is required.'
  },
  'content-encoding-unsupported': {
    status: 415,
    pl: 'Treść żądania nie może być skompresowana (Content-Encoding).',
    en: 'The body of the request must not be compressed (Content-Encoding).'
  },
  'digest-malformed': {
    status: 400,
    pl: 'Nagłówek Content-Digest jest niepoprawny; wymagana postać: sha-256=:<base64>: (RFC 9530).',
    en: 'The header Content-Digest is malformed; the form required is sha-256=:<base64>: (RFC 9530).'
  },
  'file-name-malformed': {
    status: 400,
    pl: 'Nagłówek Content-Disposition jest niepoprawny albo nazwa pliku zawiera niedozwolone znaki (RFC 6266, RFC 8187).',
    en: 'The header Content-Disposition is malformed, or the file name has forbidden characters (RFC 6266, RFC 8187).'
  },
  'problem-unknown': { status: 404, pl: 'Nie ma problemu o takim kodzie.', en: 'There is no problem with this code.' },
  'not-ready': {
    status: 503,
    pl: 'Goniec nie jest gotowy do pracy: nie działa coś, bez czego nie może przyjmować przesyłek.',
    en: 'Goniec is not ready: something that it needs for taking letters in does not work.'
  },
  'schema-differs': {
    status: 503,
    pl: 'Schemat bazy danych nie odpowiada tej wersji programu: trzeba wykonać migracje albo zaktualizować program.',
    en: 'The database schema does not fit this version of the program: run the migrations, or update the program.'
  },
  'operator-login-failed': {
    status: 503,
    pl: 'Nie udało się zalogować u operatora publicznej usługi doręczeń.',
    en: 'Logging in at the operator of the public delivery service failed.'
  },
  'probe-failed': {
    status: 503,
    pl: 'Sprawdzenie gotowości nie powiodło się.',
    en: 'The readiness check failed.'
  },
  'probe-timed-out': {
    status: 503,
    pl: 'Sprawdzenie gotowości nie zakończyło się na czas.',
    en: 'The readiness check did not end in time.'
  }
})
