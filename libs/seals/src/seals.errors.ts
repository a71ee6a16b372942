import { declareProblems } from '#platform'

/** Problems of seals made on request. */
export const sealsProblems = declareProblems('seals', {
  'profile-unknown': {
    status: 404,
    pl: 'Nie ma takiego profilu pieczęci albo nie masz prawa go używać.',
    en: 'There is no such seal profile, or you may not use it.'
  },
  'subject-malformed': {
    status: 422,
    pl: 'Uprawniony musi być podany jako key:<id klucza>, oidc:<skrót> albo role:<rola>.',
    en: 'Who is granted something must be given as key:<id of the key>, oidc:<digest> or role:<role>.'
  },
  'use-revoked': {
    status: 403,
    pl: 'Autorowi partii odebrano prawo do tego profilu pieczęci.',
    en: 'The author of the batch may no longer use this seal profile.'
  },
  'limit-reached': {
    status: 429,
    pl: 'Wyczerpano godzinowy limit użyć tego profilu pieczęci.',
    en: 'The hourly limit of uses of this seal profile is exhausted.'
  },
  'batch-not-found': {
    status: 404,
    pl: 'Nie ma takiej partii pieczętowania.',
    en: 'There is no such batch of seals.'
  },
  'batch-document-unknown': {
    status: 422,
    pl: 'Wskazany dokument nie istnieje.',
    en: 'A document that the batch names does not exist.'
  },
  'batch-needs-person': {
    status: 403,
    pl: 'O partii decyduje człowiek, który się zalogował: ani klucz API, ani token wydany programowi nie wystarczy.',
    en: 'A batch is decided on by a person who logged in: neither an API key nor a token issued to a program will do.'
  },
  'batch-needs-second-person': {
    status: 403,
    pl: 'Partię musi zatwierdzić inna osoba niż jej autor, uprawniona do zatwierdzania.',
    en: 'The batch must be decided on by a person other than its author who may approve.'
  },
  'batch-decided': {
    status: 409,
    pl: 'O tej partii już zdecydowano.',
    en: 'This batch has been decided on already.'
  },
  'batch-not-yours': {
    status: 403,
    pl: 'Partię może anulować jej autor albo uprawniony do zatwierdzania.',
    en: 'A batch is cancelled by its author or by who may approve.'
  },
  'batch-over': {
    status: 409,
    pl: 'Ta partia jest już zakończona albo odrzucona.',
    en: 'This batch is done or was rejected already.'
  },
  'batch-not-finished': {
    status: 409,
    pl: 'Partia nie jest jeszcze gotowa.',
    en: 'The batch is not finished yet.'
  },
  'item-not-sealed': {
    status: 409,
    pl: 'Ten dokument partii nie jest opieczętowany.',
    en: 'This document of the batch is not sealed.'
  },
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
  'seal-not-found': {
    status: 404,
    pl: 'Nie ma takiej pieczęci.',
    en: 'There is no such seal.'
  }
})
