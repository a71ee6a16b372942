import { declareProblems } from '#platform'

/** Problems of taking letters in. */
export const dispatchProblems = declareProblems('dispatch', {
  'idempotency-key-missing': {
    status: 400,
    pl: 'Wymagany jest nagłówek Idempotency-Key (1–255 znaków).',
    en: 'The header Idempotency-Key (1–255 characters) is required.'
  },
  'idempotency-key-reused': {
    status: 422,
    pl: 'Ten Idempotency-Key został już użyty z inną treścią żądania.',
    en: 'This Idempotency-Key was already used with another request body.'
  },
  'idempotency-key-in-flight': {
    status: 409,
    pl: 'Żądanie z tym Idempotency-Key jest właśnie przetwarzane; proszę powtórzyć za chwilę.',
    en: 'A request with this Idempotency-Key is being processed; repeat it in a moment.'
  },
  'documents-missing': {
    status: 422,
    pl: 'Przesyłka musi zawierać co najmniej jeden dokument.',
    en: 'A letter must hold at least one document.'
  },
  'documents-repeated': {
    status: 422,
    pl: 'Ten sam dokument albo ta sama nazwa pliku występuje w przesyłce więcej niż raz.',
    en: 'The same document or file name stands in the letter more than once.'
  },
  'document-unknown': {
    status: 422,
    pl: 'Wskazany dokument nie istnieje.',
    en: 'A document that the letter names does not exist.'
  },
  'addressee-unclear': {
    status: 422,
    pl: 'Adresata trzeba wskazać adresem ADE, identyfikatorem (NIP, REGON, KRS, PESEL) albo nazwą i adresem.',
    en: 'Name the addressee by ADE, by an identifier (NIP, REGON, KRS, PESEL) or by name and address.'
  },
  'cannot-be-cancelled': {
    status: 409,
    pl: 'Przesyłki nie można już anulować: została przekazana dostawcy albo jej los jest ustalany.',
    en: 'The letter can no longer be cancelled: it was handed over, or its fate is being found out.'
  },
  'length-missing': {
    status: 411,
    pl: 'Wymagany jest nagłówek Content-Length z rozmiarem dokumentu.',
    en: 'The header Content-Length with the size of the document is required.'
  },
  'digest-missing': {
    status: 400,
    pl: 'Wymagany jest nagłówek Content-Digest z odciskiem sha-256 dokumentu (RFC 9530).',
    en: 'The header Content-Digest with the sha-256 of the document is required (RFC 9530).'
  },
  'file-name-missing': {
    status: 400,
    pl: 'Wymagany jest nagłówek Content-Disposition z nazwą pliku (RFC 6266).',
    en: 'The header Content-Disposition with the file name is required (RFC 6266).'
  },
  'upload-broken-off': {
    status: 400,
    pl: 'Przesyłanie dokumentu zostało przerwane; nic nie zapisano.',
    en: 'The upload broke off; nothing was kept.'
  }
})
