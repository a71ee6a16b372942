import type { Language } from './language.js'

/** What the help says. One language has the same entries as the other. */
export const helpTexts = {
  en: {
    about: 'Seals files, validates seals and signatures, raises their level: without a server.',
    codes:
      'Exit codes: 0 fine, 1 something failed, 2 wrong usage or configuration, 3 a service or key is away,\n' +
      '4 indeterminate or no signature. What is wrong goes to standard error, in Polish where LC_ALL or LANG says so.',
    seal: 'seal files; results stand beside them, or in --out',
    sealMore:
      'A seal inside the file gives name.sealed.pdf beside the file; other kinds add their ending (.asice, .p7m, .CAdES,\n' +
      '.XAdES). Files that were given are only read. Each result appears whole or not at all.\n\n' +
      'Examples:\n' +
      '  goniec seal umowa.pdf --profile decyzje\n' +
      '  goniec seal *.pdf *.xml --profile decyzje --out zapieczetowane --json\n' +
      '  goniec seal -r pisma --profile decyzje --level B-LTA --out archiwum',
    validate: 'validate the seals and signatures in files, whoever made them',
    validateMore:
      'Without a configuration nobody is trusted: what is intact is then INDETERMINATE, what was changed TOTAL-FAILED.\n' +
      'A detached signature is read with the file beside it (umowa.pdf for umowa.pdf.CAdES) unless --original says otherwise.\n\n' +
      'Examples:\n' +
      '  goniec validate umowa.sealed.pdf\n' +
      '  goniec validate podpis.p7s --original umowa.pdf\n' +
      '  goniec validate -r archiwum --html --out raporty',
    raise: 'raise the level of every seal in files: B-T, B-LT, B-LTA; B-LTA again renews it',
    raiseMore:
      'The result is name.raised.pdf beside the file, or has the same name in --out.\n\n' +
      'Example:\n' +
      '  goniec raise umowa.sealed.pdf --to B-LTA',
    keys: 'say what the configured keys are: certificate, kind of seal, end, warnings; never a secret',
    files: 'files; with --recursive folders too',
    format: 'kind of seal, instead of the one by type of file',
    level: "AdES baseline level, instead of the profile's",
    to: 'level to reach',
    profile: 'profile of the configuration to seal by',
    config: 'configuration file (default: goniec.json in the current folder)',
    password: 'a file whose first line opens encrypted PDF files',
    out: 'folder for results; made when missing',
    reports: 'folder for reports, one file each; made when missing',
    force: 'replace results that are there already',
    recursive: 'take all files of the folders given, except hidden ones',
    json: 'one JSON object per file, one per line, on standard output',
    keysJson: 'one JSON object per key, one per line',
    xml: 'ETSI TS 119 102-2 report',
    html: 'report as a page for people',
    original: 'a file that detached signatures sign; may be repeated',
    help: 'show help',
    version: 'show the version',
    command: 'command',
    choices: 'one of',
    sealed: 'sealed',
    raised: 'raised',
    validated: 'TOTAL-PASSED',
    failed: 'failed',
    away: 'service or key away',
    incomplete: 'at a lower level for now: goniec raise later',
    untrusted:
      'No trust anchors are configured (trustFile or trustedLists): who made the seals cannot be told, only whether they are intact.',
    commander: {} as Readonly<Record<string, string>>
  },
  pl: {
    about: 'Pieczętuje pliki, waliduje pieczęcie i podpisy, podnosi ich poziom: bez serwera.',
    codes:
      'Kody wyjścia: 0 w porządku, 1 coś się nie udało, 2 błąd użycia lub konfiguracji, 3 usługa lub klucz nie odpowiada,\n' +
      '4 wynik nierozstrzygnięty lub brak podpisu. O błędach mówi standardowe wyjście błędów.',
    seal: 'pieczętuje pliki; wyniki stają obok nich albo w --out',
    sealMore:
      'Pieczęć wewnątrz pliku daje obok niego nazwa.sealed.pdf; pozostałe dodają zakończenie (.asice, .p7m, .CAdES, .XAdES).\n' +
      'Podane pliki są tylko czytane. Każdy wynik pojawia się w całości albo wcale.\n\n' +
      'Przykłady:\n' +
      '  goniec seal umowa.pdf --profile decyzje\n' +
      '  goniec seal *.pdf *.xml --profile decyzje --out zapieczetowane --json\n' +
      '  goniec seal -r pisma --profile decyzje --level B-LTA --out archiwum',
    validate: 'waliduje pieczęcie i podpisy w plikach, ktokolwiek je złożył',
    validateMore:
      'Bez konfiguracji nikt nie jest zaufany: to, co nienaruszone, jest wtedy INDETERMINATE, a to, co zmieniono, TOTAL-FAILED.\n' +
      'Podpis odłączony czytany jest z plikiem obok (umowa.pdf dla umowa.pdf.CAdES), chyba że --original wskaże inny.\n\n' +
      'Przykłady:\n' +
      '  goniec validate umowa.sealed.pdf\n' +
      '  goniec validate podpis.p7s --original umowa.pdf\n' +
      '  goniec validate -r archiwum --html --out raporty',
    raise: 'podnosi poziom każdej pieczęci w plikach: B-T, B-LT, B-LTA; ponowne B-LTA odnawia',
    raiseMore:
      'Wynik to nazwa.raised.pdf obok pliku albo ta sama nazwa w --out.\n\n' +
      'Przykład:\n' +
      '  goniec raise umowa.sealed.pdf --to B-LTA',
    keys: 'mówi, czym są skonfigurowane klucze: certyfikat, rodzaj pieczęci, ważność, uwagi; nigdy tajemnice',
    files: 'pliki; z opcją --recursive także foldery',
    format: 'rodzaj pieczęci zamiast wynikającego z typu pliku',
    level: 'poziom bazowy AdES zamiast poziomu z profilu',
    to: 'poziom do osiągnięcia',
    profile: 'profil z konfiguracji, według którego pieczętować',
    config: 'plik konfiguracji (domyślnie: goniec.json w bieżącym folderze)',
    password: 'plik, którego pierwszy wiersz otwiera zaszyfrowane PDF',
    out: 'folder na wyniki; powstanie, gdy go nie ma',
    reports: 'folder na raporty, po jednym pliku; powstanie, gdy go nie ma',
    force: 'zastępuje wyniki, które już są',
    recursive: 'obejmuje wszystkie pliki podanych folderów poza ukrytymi',
    json: 'jeden obiekt JSON na plik, każdy w jednym wierszu, na standardowe wyjście',
    keysJson: 'jeden obiekt JSON na klucz, każdy w jednym wierszu',
    xml: 'raport ETSI TS 119 102-2',
    html: 'raport jako strona dla człowieka',
    original: 'plik, którego dotyczą podpisy odłączone; opcję można powtarzać',
    help: 'pokazuje pomoc',
    version: 'pokazuje wersję',
    command: 'polecenie',
    choices: 'jedno z',
    sealed: 'zapieczętowano',
    raised: 'podniesiono',
    validated: 'TOTAL-PASSED',
    failed: 'błędy',
    away: 'usługa lub klucz nie odpowiada',
    incomplete: 'na razie niższy poziom, później goniec raise',
    untrusted:
      'Nie skonfigurowano kotwic zaufania (trustFile lub trustedLists): wiadomo tylko, czy pieczęcie są nienaruszone, a nie czyje są.',
    commander: {
      'Usage:': 'Użycie:',
      'Options:': 'Opcje:',
      'Arguments:': 'Argumenty:',
      'Commands:': 'Polecenia:',
      'Global Options:': 'Opcje ogólne:'
    } as Readonly<Record<string, string>>
  }
} as const

/** The texts of one language. */
export type HelpTexts = (typeof helpTexts)[Language]

const polish: readonly [RegExp, string][] = [
  [/^error: /, 'błąd: '],
  [/unknown option '/, "nieznana opcja '"],
  [/unknown command '/, "nieznane polecenie '"],
  [/missing required argument '/, "brakuje argumentu '"],
  [/required option '(.*)' not specified/, "brakuje wymaganej opcji '$1'"],
  [/option '(.*)' argument missing/, "opcja '$1' wymaga wartości"],
  [
    /option '(.*)' argument '(.*)' is invalid\. Allowed choices are (.*)\./,
    "opcja '$1' nie przyjmuje '$2'. Dozwolone: $3."
  ],
  [/option '(.*)' cannot be used with option '(.*)'/, "opcji '$1' nie można łączyć z opcją '$2'"],
  [/too many arguments.*/, 'za dużo argumentów'],
  [/\(Did you mean (one of )?(.*)\?\)/, '(Może chodziło o $2?)']
]

/** What the argument parser says about a mistake, in a language. */
export const parserText = (said: string, language: Language): string =>
  language === 'en' ? said : polish.reduce((text, [from, to]) => text.replace(from, to), said)
