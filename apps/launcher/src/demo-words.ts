import type { LetterView } from '#dispatch'

/** Languages of the demo. */
export type Language = 'pl' | 'en'

/** What the demo says between the steps of the letter. */
export interface Words {
  title: string
  running(gateway: string, sandbox: string): string
  unknownScenario(given: string, known: string): string
  sending(file: string, bytes: number, ade: string, who: string): string
  timePasses: string
  world(drafts: number, taken: number): string
  evidence: string
  sealedBy(who: string, when: string): string
  outcome(letter: LetterView): string
  held(why: string, providerText: string | null): string
  timeline(id: string): string
  files: string
}

/** The demo in both languages. */
export const words: Record<Language, Words> = {
  en: {
    title: 'Goniec: the way of one letter',
    running: (gateway, sandbox) =>
      `The gateway runs at ${gateway}; the outside world (register, operator, time stamps) is a sandbox at ${sandbox}.`,
    unknownScenario: (given, known) => `There is no scenario "${given}". Known: ${known}`,
    sending: (file, bytes, ade, who) => `An office sends ${file} (${bytes} bytes) to ${ade}.\n  Addressee: ${who}`,
    timePasses: '… nobody collects it. The clock of the sandbox is moved past the 14 days …',
    world: (drafts, taken) =>
      `What the world saw: ${drafts} draft made in the operator's mailbox, ${taken} letter taken for delivery.`,
    evidence: 'Evidence: each seal and time stamp was checked, and the digests were compared with what was sent:',
    sealedBy: (who, when) => `sealed by ${who}, time stamp ${when}`,
    outcome: letter =>
      `Outcome: ${letter.legalStatus}, ${letter.progress}.` +
      (letter.deliveredAt ? ` Moment of delivery by the proof of receipt: ${letter.deliveredAt}.` : ''),
    held: (why, providerText) => `Held, a person has to decide: ${why}${providerText ? ` ("${providerText}")` : ''}`,
    timeline: id => `Timeline of letter ${id}:`,
    files: 'Files for you to look at:'
  },
  pl: {
    title: 'Goniec: droga jednej przesyłki',
    running: (gateway, sandbox) =>
      `Bramka działa pod ${gateway}; świat zewnętrzny (rejestr, operator, znaczniki czasu) to piaskownica pod ${sandbox}.`,
    unknownScenario: (given, known) => `Nie ma scenariusza „${given}”. Znane: ${known}`,
    sending: (file, bytes, ade, who) => `Urząd wysyła ${file} (${bytes} bajtów) na adres ${ade}.\n  Adresat: ${who}`,
    timePasses: '… nikt jej nie odbiera. Zegar piaskownicy przesuwamy poza 14 dni …',
    world: (drafts, taken) =>
      `Co widział świat: wersje robocze w skrzynce operatora: ${drafts}, przesyłki przyjęte do doręczenia: ${taken}.`,
    evidence: 'Dowody: sprawdzono każdą pieczęć i znacznik czasu, skróty porównano z tym, co wysłano:',
    sealedBy: (who, when) => `pieczęć: ${who}, znacznik czasu ${when}`,
    outcome: letter =>
      `Wynik: ${letter.legalStatus}, ${letter.progress}.` +
      (letter.deliveredAt ? ` Chwila doręczenia według dowodu otrzymania: ${letter.deliveredAt}.` : ''),
    held: (why, providerText) => `Wstrzymana, decyduje człowiek: ${why}${providerText ? ` („${providerText}”)` : ''}`,
    timeline: id => `Oś czasu przesyłki ${id}:`,
    files: 'Pliki do obejrzenia:'
  }
}
