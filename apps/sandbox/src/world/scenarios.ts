import type { Entity, OfficialId, Person, PostalAddress, Scenario, SenderOffice } from './scenario.js'

/** The two tenants of the ready-made identities (fixed, so that the gateway can be seeded with them). */
export const tenantOne = '01980000-0000-7000-8000-000000000001'
export const tenantTwo = '01980000-0000-7000-8000-000000000002'

// Identifiers have right check digits but can belong to nobody: persons born in the 1890s, NIP of tax office 999,
// REGON of province 99, KRS numbers far above those given out so far.
const person = (givenName: string, familyName: string, pesel: string): Person => ({
  kind: 'person',
  givenName,
  familyName,
  officialIds: [{ id: pesel, referenceRegistry: 'pesel' }]
})

const entity = (name: string, legalForm: string, nip: string, regon: string, krs?: string): Entity => {
  const officialIds: OfficialId[] = [
    { id: nip, referenceRegistry: 'nip' },
    { id: regon, referenceRegistry: 'regon' }
  ]
  if (krs) officialIds.push({ id: krs, referenceRegistry: 'krs' })
  return { kind: 'entity', name, legalForm, officialIds }
}

const at = (street: string, buildingNumber: string, flatNumber?: string): PostalAddress => ({
  street,
  buildingNumber,
  ...(flatNumber ? { flatNumber } : {}),
  postalCode: '00-000',
  city: 'Przykładowo',
  voivodeship: 'MAZOWIECKIE'
})

const usual = { isPublic: false, edaStatus: 'ACTIVE', designatedOperator: true, registered: true } as const

const office = { ...usual, isPublic: true, behaviour: 'sender', systemName: 'GONIEC' } as const

/** The offices that send. The first two addresses belong to one tenant. */
export const senderOffices: readonly SenderOffice[] = [
  {
    ...office,
    ade: 'AE:PL-10000-20001-GMINA-27',
    code: 'GMINA',
    tenantId: tenantOne,
    description: { pl: 'nadawca: urząd gminy (klient 1)', en: 'sender: municipal office (tenant 1)' },
    party: entity('Urząd Gminy Przykładowo', 'GMINA', '9990010030', '990010115'),
    address: at('Rynek Wzorcowy', '1')
  },
  {
    ...office,
    ade: 'AE:PL-10000-20002-POWIA-26',
    code: 'POWIA',
    tenantId: tenantOne,
    description: { pl: 'nadawca: drugi adres klienta 1', en: 'sender: second address of tenant 1' },
    party: entity('Starostwo Powiatowe w Przykładowie', 'POWIAT', '9990010099', '990010339'),
    address: at('Rynek Wzorcowy', '2')
  },
  {
    ...office,
    ade: 'AE:PL-10000-20003-DRUGI-23',
    code: 'DRUGI',
    tenantId: tenantTwo,
    description: { pl: 'nadawca: inny urząd (klient 2)', en: 'sender: another office (tenant 2)' },
    party: entity('Urząd Miasta Drugie Przykładowo', 'GMINA', '9990010159', '990010552'),
    address: at('Plac Próbny', '3')
  }
]

const addressees: readonly Scenario[] = [
  {
    ...usual,
    ade: 'AE:PL-30000-40001-URZAD-23',
    code: 'URZAD',
    behaviour: 'delivered-on-arrival',
    description: { pl: 'podmiot publiczny: E.1 z chwilą wpływu', en: 'public body: E.1 on arrival' },
    party: entity('Urząd Wojewódzki w Przykładowie', 'ORGAN_WŁADZY_ADMINISTRACJI_RZĄDOWEJ', '9990010188', '990010664'),
    address: at('Wojewódzka', '4'),
    isPublic: true
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40002-ODBIE-32',
    code: 'ODBIE',
    behaviour: 'collected',
    description: { pl: 'osoba, która odbiera zaraz po D.1', en: 'citizen who collects at once after D.1' },
    party: person('Anna', 'Odbierająca', '91821110072'),
    address: at('Polna', '5', '1')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40003-NIEOD-30',
    code: 'NIEOD',
    behaviour: 'never-collected',
    description: {
      pl: 'osoba, która nigdy nie odbiera: po 14 dniach BP.OX przez fikcję doręczenia',
      en: 'citizen who never collects: BP.OX by fiction once 14 days have passed'
    },
    party: person('Jan', 'Nieodbierający', '92831210145'),
    address: at('Leśna', '6', '2')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40004-ODRZU-21',
    code: 'ODRZU',
    behaviour: 'rejected',
    description: { pl: 'nadanie odrzucone: A.2 z powodem', en: 'submission rejected: A.2 with a reason' },
    party: entity(
      'Odrzucona Próba sp. z o.o.',
      'SPÓŁKA_Z_OGRANICZONĄ_ODPOWIEDZIALNOŚCIĄ',
      '9990010219',
      '990010776',
      '0009910091'
    ),
    address: at('Fabryczna', '7')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40005-ZGUBA-31',
    code: 'ZGUBA',
    behaviour: 'lost-answer',
    description: {
      pl: 'zgubiona odpowiedź: operator przyjmuje przesyłkę, lecz połączenie zrywa się przed odpowiedzią (pierwsza próba)',
      en: 'lost answer: the operator takes the letter, the connection is cut before the answer (first try)'
    },
    party: person('Zofia', 'Zgubiona', '93841310218'),
    address: at('Polna', '8')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40006-WOLNY-36',
    code: 'WOLNY',
    behaviour: 'slow',
    description: {
      pl: 'powolny: zadanie długo w toku, dowody przychodzą z opóźnieniem',
      en: 'slow: the task stays pending and evidence comes after a delay'
    },
    party: person('Wawrzyniec', 'Wolny', '94851410282'),
    address: at('Spokojna', '9')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40007-DUBEL-28',
    code: 'DUBEL',
    behaviour: 'duplicate-evidence',
    description: {
      pl: 'dowody zdublowane i nie po kolei, A.1 wystawiony dwa razy',
      en: 'duplicate evidence, out of order, A.1 issued twice'
    },
    party: person('Dorota', 'Dublowana', '95861510355'),
    address: at('Podwójna', '10')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40008-AWARI-30',
    code: 'AWARI',
    behaviour: 'service-down',
    description: {
      pl: 'usługa nie działa: 503 do chwili POST /control/faults {"surface":"purde","mode":"up"}',
      en: 'service down: 503 until POST /control/faults {"surface":"purde","mode":"up"}'
    },
    party: person('Adam', 'Awaryjny', '96871610428'),
    address: at('Techniczna', '11')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40009-ZAMKN-27',
    code: 'ZAMKN',
    behaviour: 'closed',
    description: { pl: 'adres w BAE zamknięty nieodwracalnie', en: 'address in BAE, closed for good' },
    party: entity('Zamknięta Przykładowa S.A.', 'SPÓŁKA_AKCYJNA', '9990010248', '990010888', '0009910104'),
    address: at('Zamknięta', '12'),
    edaStatus: 'CLOSED_UNRECOVERABLE'
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40010-PRYWA-28',
    code: 'PRYWA',
    behaviour: 'private-provider',
    description: {
      pl: 'adres u prywatnego (kwalifikowanego) dostawcy',
      en: 'address at a private (qualified) provider'
    },
    party: entity(
      'Prywatna Skrzynka sp. z o.o.',
      'SPÓŁKA_Z_OGRANICZONĄ_ODPOWIEDZIALNOŚCIĄ',
      '9990010277',
      '990010990',
      '0009910117'
    ),
    address: at('Prywatna', '13'),
    designatedOperator: false
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40011-NIEMA-34',
    code: 'NIEMA',
    behaviour: 'not-in-bae',
    description: { pl: 'adresu nie ma w BAE', en: 'not in BAE at all' },
    party: person('Nikodem', 'Nieobecny', '97881710492'),
    address: at('Nieznana', '14'),
    registered: false
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40012-RELAY-25',
    code: 'RELAY',
    behaviour: 'relay-rejected',
    description: {
      pl: 'A.1, potem odmowa przyjęcia przez dostawcę adresata: B.2 z powodem',
      en: 'A.1, then relay rejected: B.2 with a reason'
    },
    party: entity('Przekazana Próba S.A.', 'SPÓŁKA_AKCYJNA', '9990010308', '990011103', '0009910130'),
    address: at('Sztafetowa', '15')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40013-PELNA-30',
    code: 'PELNA',
    behaviour: 'mailbox-full',
    description: {
      pl: 'skrzynka nadawcy pełna: wysyłka kończy się odpowiedzią 400',
      en: 'mailbox of the sender full: sending answers 400'
    },
    party: person('Petronela', 'Pełna', '98891810565'),
    address: at('Pełna', '16')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40014-OBCYD-30',
    code: 'OBCYD',
    behaviour: 'stranger-evidence',
    description: {
      pl: 'prócz własnych dowodów pojawia się dowód nieznanej przesyłki',
      en: 'besides its own, evidence for an unknown message appears'
    },
    party: person('Olga', 'Obca', '99811010636'),
    address: at('Obca', '17')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40015-FALSZ-25',
    code: 'FALSZ',
    behaviour: 'forged-evidence',
    description: {
      pl: 'najpierw dowody sfałszowane (obca pieczęć, zmieniona treść), po nich prawdziwe',
      en: 'forged evidence first (stranger’s seal, changed bytes), the true ones follow'
    },
    party: person('Felicja', 'Fałszywa', '90821110709'),
    address: at('Kręta', '18')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40016-GUBIS-32',
    code: 'GUBIS',
    behaviour: 'lost-request',
    description: {
      pl: 'zgubione żądanie: połączenie zrywa się, zanim operator cokolwiek przyjmie (pierwsza próba)',
      en: 'lost request: the connection is cut before the operator takes anything (first try)'
    },
    party: person('Gustaw', 'Gubiący', '91831210773'),
    address: at('Wąska', '19')
  },
  {
    ...usual,
    ade: 'AE:PL-30000-40017-POZNY-22',
    code: 'POZNY',
    behaviour: 'late-evidence',
    description: {
      pl: 'późno: E.1 i BP.OX dopiero po 20 dniach, choć odebrano wcześniej (najpierw BP.OX przez fikcję, potem spóźniony E.1)',
      en: 'late: E.1 and BP.OX come only after 20 days although collected earlier (BP.OX by fiction first, then a late E.1)'
    },
    party: person('Pelagia', 'Późna', '92841310846'),
    address: at('Daleka', '20')
  }
]

/** Every address of the sandbox's world, senders first. */
export const scenarios: readonly Scenario[] = [...senderOffices, ...addressees]

const byAde = new Map(scenarios.map(scenario => [scenario.ade, scenario]))
const officeByAde = new Map(senderOffices.map(sender => [sender.ade, sender]))

/** The scenario of an address, or undefined for an address that the world does not know. */
export const scenarioOf = (ade: string): Scenario | undefined => byAde.get(ade)

/** The sending office at an address, or undefined when the address is no sender of this world. */
export const senderOfficeAt = (ade: string): SenderOffice | undefined => officeByAde.get(ade)
