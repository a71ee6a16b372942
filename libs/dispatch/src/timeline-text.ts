import type { Bilingual, Channel, LegalReading, LegalStatusName, LetterEvent, LetterEventType, StepName } from '#letter'

/** What is needed of a stored event to put it into words. */
export interface DescribableEvent {
  type: LetterEventType
  /** The event without `type` and `version`. */
  payload: unknown
}

/**
 * Puts one event into plain words, in both languages. Pure; says nothing that the event does not prove, and holds no
 * personal data. The legal words are those of the e-delivery act (nadawca, adresat, dowód wysłania, dowód
 * otrzymania, doręczenie, uznanie za doręczoną).
 */
export function describeEvent({ type, payload }: DescribableEvent): Bilingual {
  const event = { ...(payload as object), type } as LetterEvent
  switch (event.type) {
    case 'LetterAccepted':
      return {
        pl: `Przyjęto przesyłkę od systemu nadawcy (dokumenty: ${event.documents.length}); jeszcze jej nie nadano.`,
        en: `The letter was taken in from the sender's system (documents: ${event.documents.length}); it is not dispatched yet.`
      }
    case 'LetterSealed': {
      const forms = [...new Set(event.documents.map(({ format, level }) => `${format} ${level}`))].join(', ')
      return {
        pl: `Dokumenty opatrzono pieczęcią elektroniczną instytucji (${forms}).`,
        en: `The documents were sealed with the institution's electronic seal (${forms}).`
      }
    }
    case 'AddresseeFound':
      return {
        pl: `Odnaleziono adres do doręczeń elektronicznych adresata (${kindOfAddressee(event).pl}); odpowiedź bazy zachowano.`,
        en: `The addressee's electronic delivery address was found (${kindOfAddressee(event).en}); the register's answer is kept.`
      }
    case 'AddresseeWithoutAddress':
      return {
        pl: 'Baza adresów nie zna adresu do doręczeń elektronicznych adresata; przepisy wskazują wtedy inną drogę doręczenia.',
        en: 'The register knows no electronic delivery address of the addressee; the law then names another way of delivery.'
      }
    case 'AddresseeNotFound':
      return {
        pl: `Nie ustalono adresu do doręczeń elektronicznych adresata: ${event.text.pl}`,
        en: `No electronic delivery address of the addressee was established: ${event.text.en}`
      }
    case 'ChannelChosen':
      return {
        pl: `Wybrano drogę doręczenia: ${CHANNELS[event.channel].pl} (podstawa: ${event.legalBasis.pl}).`,
        en: `The way of delivery was chosen: ${CHANNELS[event.channel].en} (basis: ${event.legalBasis.en}).`
      }
    case 'ChannelUnavailable':
      return {
        pl: `Właściwa droga doręczenia to ${CHANNELS[event.channel].pl}, ale nie można jej użyć: ${event.text.pl}`,
        en: `The right way of delivery is ${CHANNELS[event.channel].en}, but it cannot be used: ${event.text.en}`
      }
    case 'LookUpExpired':
      return {
        pl: 'Od sprawdzenia adresu minęło zbyt wiele czasu; przed wysłaniem adres zostanie sprawdzony ponownie.',
        en: 'Too much time passed since the address was checked; it will be checked again before anything is sent.'
      }
    case 'AttemptStarted':
      return {
        pl: `Rozpoczęto próbę nr ${event.number} przekazania przesyłki dostawcy usługi.`,
        en: `Try number ${event.number} to hand the letter over to the service provider was started.`
      }
    case 'AttemptUnknown':
      return {
        pl: 'Nie wiadomo, czy dostawca przyjął przesyłkę. Goniec najpierw to ustali, niczego nie wysyłając ponownie.',
        en: 'It is not known whether the provider took the letter. Goniec finds out first and sends nothing again meanwhile.'
      }
    case 'AttemptRefused':
      return {
        pl: `Dostawca odmówił przyjęcia przesyłki: ${event.text.pl}`,
        en: `The provider refused to take the letter: ${event.text.en}`
      }
    case 'LetterHandedOver':
      return {
        pl: 'Dostawca przyjął przesyłkę do przetwarzania. Nadanie potwierdzi dopiero dowód.',
        en: 'The provider took the letter for processing. Only evidence will prove the dispatch.'
      }
    case 'StepWaiting':
      return {
        pl: `${STEPS[event.step].pl} czeka i zostanie ponowione: ${event.text.pl}`,
        en: `${STEPS[event.step].en} is waiting and will be tried again: ${event.text.en}`
      }
    case 'EvidenceReceived':
      return describeEvidence(event)
    case 'DeliveryExpected': {
      const readings = [event.byOperatorRule, event.byStatute, event.byStatuteShifted].sort()
      const [first, last] = [readings[0]!, readings.at(-1)!]
      return {
        pl: `Przesyłkę udostępniono ${event.arrivalDate}; nieodebrana może zostać uznana za doręczoną między ${first} a ${last}. Rozstrzyga data w dowodzie otrzymania.`,
        en: `The letter was made available on ${event.arrivalDate}; if not collected, it may be deemed delivered between ${first} and ${last}. The date in the proof of receipt decides.`
      }
    }
    case 'LetterHeld':
      return {
        pl: `${STEPS[event.step].pl}: przesyłkę wstrzymano, potrzebna jest decyzja człowieka. ${event.text.pl}`,
        en: `${STEPS[event.step].en}: the letter is held, a person has to decide. ${event.text.en}`
      }
    case 'LetterArchived':
      return {
        pl: `Przesyłkę z dowodami zarchiwizowano (pozycje: ${event.items}, bajty: ${event.bytes}).`,
        en: `The letter and its evidence were archived (items: ${event.items}, bytes: ${event.bytes}).`
      }
    case 'LetterCancelled':
      return {
        pl: 'Przesyłkę anulowano, zanim opuściła Gońca; nie została nadana.',
        en: 'The letter was cancelled before it left Goniec; it was not dispatched.'
      }
    default:
      return unheardOf(event)
  }
}

const CHANNELS: Record<Channel, Bilingual> = {
  purde: {
    pl: 'publiczna usługa rejestrowanego doręczenia elektronicznego',
    en: 'the public registered electronic delivery service'
  },
  qualified: {
    pl: 'kwalifikowana usługa rejestrowanego doręczenia elektronicznego',
    en: 'a qualified registered electronic delivery service'
  },
  hybrid: { pl: 'publiczna usługa hybrydowa', en: 'the public hybrid service' },
  manual: { pl: 'doręczenie poza Gońcem', en: 'delivery outside Goniec' }
}

const STEPS: Record<StepName, Bilingual> = {
  seal: { pl: 'Pieczętowanie dokumentów', en: 'Sealing of the documents' },
  'find-addressee': { pl: 'Ustalanie adresu adresata', en: 'Finding the address of the addressee' },
  'choose-channel': { pl: 'Wybór drogi doręczenia', en: 'Choosing the way of delivery' },
  'hand-over': { pl: 'Przekazanie dostawcy', en: 'Handing over to the provider' },
  archive: { pl: 'Archiwizacja', en: 'Archiving' }
}

/** Names of the legal states as a user of the public service knows them (UA API technical project, rule R9). */
const LEGAL_STATUS: Record<LegalStatusName, Bilingual> = {
  'not-dispatched': { pl: 'nienadana', en: 'not dispatched' },
  'being-verified': { pl: 'w trakcie weryfikacji', en: 'being verified' },
  rejected: { pl: 'odrzucona', en: 'rejected' },
  dispatched: { pl: 'nadana', en: 'dispatched' },
  relayed: { pl: 'wysłana', en: 'relayed' },
  'awaiting-collection': { pl: 'czeka na doręczenie', en: 'awaiting collection' },
  delivered: { pl: 'doręczona', en: 'delivered' },
  'deemed-delivered': { pl: 'uznana za doręczoną', en: 'deemed delivered' },
  undelivered: { pl: 'niedoręczona', en: 'undelivered' }
}

/** What each kind of evidence says (ETSI EN 319 522-1 events A–E; BP and H are national). */
const EVIDENCE: Readonly<Record<string, Bilingual>> = {
  'A.1': { pl: 'przyjęcie przesyłki do nadania', en: 'submission accepted' },
  'A.2': { pl: 'odrzucenie przesyłki przy nadaniu', en: 'submission rejected' },
  'B.1': { pl: 'przyjęcie przesyłki przez dostawcę adresata', en: "relay accepted by the addressee's provider" },
  'B.2': { pl: 'odrzucenie przesyłki przez dostawcę adresata', en: "relay rejected by the addressee's provider" },
  'B.3': { pl: 'nieudane przekazanie do dostawcy adresata', en: "relay to the addressee's provider failed" },
  'D.1': { pl: 'udostępnienie przesyłki adresatowi do odbioru', en: 'made available to the addressee for collection' },
  'D.2': { pl: 'nieudane udostępnienie przesyłki adresatowi', en: 'making available to the addressee failed' },
  'D.3': { pl: 'powiadomienie adresata o przesyłce', en: 'notice to the addressee' },
  'E.1': { pl: 'odbiór przesyłki przez adresata', en: 'handed over to the addressee' },
  'E.2': { pl: 'nieudane wydanie przesyłki adresatowi', en: 'handing over to the addressee failed' },
  'BP.WX': { pl: 'dowód wysłania', en: 'proof of sending' },
  'BP.WP': { pl: 'dowód wysłania, wydruk PDF', en: 'proof of sending, PDF rendering' },
  'BP.OX': { pl: 'dowód otrzymania', en: 'proof of receipt' },
  'BP.OP': { pl: 'dowód otrzymania, wydruk PDF', en: 'proof of receipt, PDF rendering' },
  'H.PN': { pl: 'potwierdzenie nadania w usłudze hybrydowej', en: 'proof of posting by the hybrid service' },
  'H.DW': { pl: 'odrzucenie w usłudze hybrydowej', en: 'rejection by the hybrid service' },
  'H.EPO': { pl: 'elektroniczne potwierdzenie odbioru', en: 'electronic acknowledgement of receipt' }
}

function describeEvidence(event: Extract<LetterEvent, { type: 'EvidenceReceived' }>): Bilingual {
  const meaning = Object.hasOwn(EVIDENCE, event.kind) ? EVIDENCE[event.kind]! : UNKNOWN_KIND
  const { before, after } = event.legalStatus
  const effect =
    before === after
      ? { pl: 'Stan prawny bez zmian', en: 'The legal status is unchanged' }
      : { pl: `Stan prawny: ${LEGAL_STATUS[after].pl}`, en: `Legal status: ${LEGAL_STATUS[after].en}` }
  const judged = JUDGEMENT[event.indication]
  return {
    pl: `Otrzymano dowód ${event.kind} (${meaning.pl}); ${judged.pl}. ${effect.pl}.${followed(event.readings, 'pl')}`,
    en: `Evidence ${event.kind} was received (${meaning.en}); ${judged.en}. ${effect.en}.${followed(event.readings, 'en')}`
  }
}

/** Which reading of the 14 days the date of a proof by fiction follows. */
function followed(readings: readonly LegalReading[] | undefined, language: keyof Bilingual): string {
  if (!readings) return ''
  if (readings.length === 0) return ` ${NO_READING[language]}`
  const names = readings.map(reading => READING[reading][language]).join(', ')
  return ` ${language === 'pl' ? 'Data dowodu odpowiada' : 'The date of the proof follows'}: ${names}.`
}

const READING: Record<LegalReading, Bilingual> = {
  S: { pl: 'wprost art. 42 ust. 2 ustawy', en: 'art. 42(2) of the act as it stands' },
  R13: { pl: 'regule operatora R13', en: "the operator's rule R13" },
  'S-shifted': { pl: 'art. 42 ust. 2 z przesunięciem na dzień roboczy', en: 'art. 42(2) shifted past days off' }
}

const NO_READING: Bilingual = {
  pl: 'Uwaga: data dowodu nie odpowiada żadnemu znanemu sposobowi liczenia 14 dni.',
  en: 'Attention: the date of the proof follows no known way of counting the 14 days.'
}

const UNKNOWN_KIND: Bilingual = { pl: 'rodzaj nieznany', en: 'unknown kind' }

/** Results of an examination (ETSI EN 319 102-1, 5.1.3). */
const JUDGEMENT: Record<'PASSED' | 'INDETERMINATE' | 'FAILED', Bilingual> = {
  PASSED: { pl: 'pieczęć i treść sprawdzono pomyślnie', en: 'its seal and content were checked and are good' },
  INDETERMINATE: {
    pl: 'nie można jeszcze rozstrzygnąć, czy jest ważny',
    en: 'whether it is valid cannot be decided yet'
  },
  FAILED: { pl: 'nie przeszedł sprawdzenia i niczego nie dowodzi', en: 'it failed the check and proves nothing' }
}

function kindOfAddressee(event: { isPublic: boolean; designatedOperator: boolean }): Bilingual {
  const who = event.isPublic
    ? { pl: 'podmiot publiczny', en: 'public body' }
    : { pl: 'podmiot niepubliczny', en: 'non-public party' }
  return event.designatedOperator
    ? { pl: `${who.pl}, operator wyznaczony`, en: `${who.en}, designated operator` }
    : { pl: `${who.pl}, inny dostawca`, en: `${who.en}, another provider` }
}

/** Unreachable as long as the union and the switch agree; an event of a newer version is shown, not swallowed. */
function unheardOf(event: never): Bilingual {
  const { type } = event as { type: string }
  return {
    pl: `Zdarzenie ${type}, nieznane tej wersji Gońca.`,
    en: `Event ${type}, unknown to this version of Goniec.`
  }
}
