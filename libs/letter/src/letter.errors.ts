import { declareProblems } from '#platform'

/** Problems of letters as such. */
export const letterProblems = declareProblems('letter', {
  'not-found': {
    status: 404,
    pl: 'Nie ma takiej przesyłki.',
    en: 'There is no such letter.'
  },
  'evidence-not-found': { status: 404, pl: 'Nie ma takiego dowodu.', en: 'There is no such evidence.' },
  'document-not-found': { status: 404, pl: 'Nie ma takiego dokumentu.', en: 'There is no such document.' }
})
