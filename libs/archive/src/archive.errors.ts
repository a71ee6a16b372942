import { declareProblems } from '#platform'

/** Problems of keeping and reading content. */
export const archiveProblems = declareProblems('archive', {
  empty: {
    status: 422,
    pl: 'Dokument jest pusty (0 bajtów).',
    en: 'The document is empty (0 bytes).'
  },
  'too-large': {
    status: 413,
    pl: 'Treść jest większa, niż wolno przyjąć.',
    en: 'The content is larger than may be taken.'
  },
  'size-mismatch': {
    status: 422,
    pl: 'Liczba odebranych bajtów różni się od zapowiedzianej. Niczego nie zachowano; proszę przesłać ponownie.',
    en: 'The number of bytes received differs from the announced one. Nothing was kept; send it again.'
  },
  'digest-mismatch': {
    status: 422,
    pl: 'Skrót SHA-256 odebranych bajtów różni się od zapowiedzianego. Niczego nie zachowano; proszę przesłać ponownie.',
    en: 'The SHA-256 of the bytes received differs from the announced one. Nothing was kept; send it again.'
  },
  'not-found': {
    status: 404,
    pl: 'Nie ma takiej treści w archiwum.',
    en: 'There is no such content in the archive.'
  },
  'proofs-incomplete': {
    status: 409,
    pl: 'Los przesyłki jest dowiedziony, ale nie przyszły jeszcze wszystkie dowody, które zwykle przychodzą.',
    en: 'The fate of the letter is proven, but not all the proofs that usually come have come yet.'
  },
  damaged: {
    status: 500,
    pl: 'Treść w archiwum jest uszkodzona albo została zmieniona. Proszę odtworzyć ją z kopii zapasowej.',
    en: 'The content in the archive is damaged or was changed. Restore it from a backup.'
  }
})
