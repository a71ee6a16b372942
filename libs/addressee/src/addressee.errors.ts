import { declareProblems } from '#platform'

/** What can be wrong with an address, an identifier or a look-up in BAE (Baza Adresów Elektronicznych). */
export const addresseeProblems = declareProblems('addressee', {
  'ade-malformed': {
    status: 422,
    pl: 'To nie jest adres do doręczeń elektronicznych w postaci AE:PL-00000-00000-AAAAA-00.',
    en: 'This is not an electronic delivery address of the form AE:PL-00000-00000-AAAAA-00.'
  },
  'ade-check-digits': {
    status: 422,
    pl: 'Cyfry kontrolne adresu do doręczeń elektronicznych nie zgadzają się: w adresie jest pomyłka.',
    en: 'The check digits of the electronic delivery address are wrong: there is a typing error in the address.'
  },
  'ade-foreign': {
    status: 422,
    pl: 'Adres należy do usługi innego państwa. Goniec doręcza tylko na adresy AE:PL.',
    en: 'The address belongs to the service of another country. Goniec delivers to AE:PL addresses only.'
  },
  'nip-invalid': {
    status: 422,
    pl: 'Numer NIP jest błędny: zła liczba cyfr albo cyfra kontrolna.',
    en: 'The tax number (NIP) is wrong: number of digits or check digit.'
  },
  'regon-invalid': {
    status: 422,
    pl: 'Numer REGON jest błędny: zła liczba cyfr albo cyfra kontrolna.',
    en: 'The statistical number (REGON) is wrong: number of digits or check digit.'
  },
  'krs-invalid': {
    status: 422,
    pl: 'Numer KRS jest błędny: musi mieć dziesięć cyfr.',
    en: 'The court register number (KRS) is wrong: it must have ten digits.'
  },
  'pesel-invalid': {
    status: 422,
    pl: 'Numer PESEL jest błędny: zła liczba cyfr, data albo cyfra kontrolna.',
    en: 'The personal number (PESEL) is wrong: number of digits, date or check digit.'
  },
  'search-criteria-invalid': {
    status: 422,
    pl: 'Dane adresata nie wystarczają do wyszukania w BAE albo mają złą postać.',
    en: 'The data of the addressee are not enough for a search in BAE, or have a wrong form.'
  },
  'search-refused': {
    status: 422,
    pl: 'BAE odrzuciła zapytanie o adresata. Kody odmowy są podane obok.',
    en: 'BAE refused the question about the addressee. The codes of the refusal are given beside.'
  },
  'bae-unavailable': {
    status: 503,
    pl: 'Baza Adresów Elektronicznych nie odpowiada. Goniec zapyta ponownie.',
    en: 'The register of electronic addresses (BAE) does not answer. Goniec will ask again.'
  },
  'not-in-bae': {
    status: 422,
    pl: 'Adresat nie ma adresu w Bazie Adresów Elektronicznych.',
    en: 'The addressee has no address in the register of electronic addresses (BAE).'
  },
  ambiguous: {
    status: 422,
    pl: 'Podanym danym odpowiada więcej niż jeden adres. Wskaż właściwy adres do doręczeń.',
    en: 'More than one address fits the given data. Name the right electronic delivery address.'
  },
  'address-closed': {
    status: 422,
    pl: 'Adres do doręczeń elektronicznych jest zamknięty.',
    en: 'The electronic delivery address is closed.'
  },
  'address-struck-off': {
    status: 422,
    pl: 'Adres do doręczeń elektronicznych został wykreślony z bazy.',
    en: 'The electronic delivery address has been struck off the register.'
  },
  'address-not-active': {
    status: 422,
    pl: 'Adres do doręczeń elektronicznych nie jest jeszcze czynny.',
    en: 'The electronic delivery address is not active yet.'
  },
  'address-not-disclosed': {
    status: 422,
    pl: 'Adres nie jest ujawniony w BAE. Można na niego wysłać tylko wtedy, gdy wskazano go wprost (adresat pisał z tego adresu).',
    en: 'The address is not disclosed in BAE. It may be used only when named directly (the addressee wrote from it).'
  },
  'address-status-unknown': {
    status: 422,
    pl: 'BAE podaje stan adresu, którego Goniec nie zna. Sprawę musi rozstrzygnąć człowiek.',
    en: 'BAE gives a status of the address that Goniec does not know. A person has to decide.'
  },
  'blocked-by-warning': {
    status: 422,
    pl: 'BAE ostrzega, że na ten adres nie można wysłać przesyłki.',
    en: 'BAE warns that nothing can be sent to this address.'
  }
})
