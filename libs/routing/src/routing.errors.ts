import { declareProblems } from '#platform'

/** Why a letter could not be given to anybody. */
export const routingProblems = declareProblems('routing', {
  'channel-not-available': {
    status: 422,
    pl: 'Przepisy wskazują sposób doręczenia, którego ta instalacja nie obsługuje.',
    en: 'The law names a channel that this installation does not serve.'
  },
  'cannot-be-carried': {
    status: 422,
    pl: 'Dostawca nie może przyjąć tej przesyłki: nie spełnia ona jego wymagań.',
    en: 'The provider cannot take this letter: it does not meet the requirements.'
  },
  'outcome-unknown': {
    status: 409,
    pl: 'Nie wiadomo, czy dostawca przyjął przesyłkę. Goniec szuka jej u dostawcy i nie wysyła ponownie.',
    en: 'It is not known whether the provider took the letter. Goniec looks for it there and does not send again.'
  },
  'provider-not-now': {
    status: 503,
    pl: 'Dostawca usługi doręczeń nie przyjmuje teraz przesyłek. Goniec spróbuje ponownie.',
    en: 'The delivery provider takes no letters now. Goniec will try again.'
  },
  'provider-at-work': {
    status: 409,
    pl: 'Dostawca przetwarza przesyłkę; wynik jeszcze nie jest znany.',
    en: 'The provider is processing the letter; the result is not known yet.'
  },
  'look-up-expired': {
    status: 409,
    pl: 'Adres sprawdzono zbyt dawno: przed wysłaniem Goniec pyta bazę BAE jeszcze raz.',
    en: 'The address was looked up too long ago: Goniec asks BAE again before anything is sent.'
  },
  'deadline-passed': {
    status: 409,
    pl: 'Mimo wielu prób nie udało się ustalić losu przesyłki. Sprawę musi rozstrzygnąć człowiek.',
    en: 'Despite many tries the fate of the letter could not be found out. A person has to decide.'
  }
})
