import { declareProblems, type ProblemType, Refused } from '#platform/plain'

/** What can go wrong on the command line besides sealing itself. Codes are stable: they stand in the JSON output. */
export const cliProblems = declareProblems('cli', {
  'config-missing': {
    status: 500,
    pl: 'Nie ma pliku konfiguracji. Wskaż go opcją --config albo utwórz goniec.json w bieżącym folderze.',
    en: 'There is no configuration file. Name one with --config, or make goniec.json in the current folder.'
  },
  'config-wrong': { status: 500, pl: 'Konfiguracja ma błędy.', en: 'The configuration has mistakes.' },
  'profile-unknown': {
    status: 404,
    pl: 'W konfiguracji nie ma takiego profilu.',
    en: 'The configuration has no such profile.'
  },
  'password-unreadable': {
    status: 500,
    pl: 'Nie można odczytać pliku z hasłem.',
    en: 'The file with the password cannot be read.'
  },
  'file-missing': { status: 404, pl: 'Nie ma takiego pliku.', en: 'There is no such file.' },
  'file-no-access': {
    status: 403,
    pl: 'Brak uprawnień do pliku lub folderu.',
    en: 'Access to the file or folder is not permitted.'
  },
  'file-is-folder': {
    status: 422,
    pl: 'To jest folder. Opcja --recursive obejmuje wszystkie pliki w nim.',
    en: 'This is a folder. The option --recursive takes all files in it.'
  },
  'file-not-regular': { status: 422, pl: 'To nie jest zwykły plik.', en: 'This is not a regular file.' },
  'file-changed': {
    status: 409,
    pl: 'Plik zmienił się w trakcie pracy. Wynik odrzucono.',
    en: 'The file changed while it was worked on. The result was thrown away.'
  },
  'file-trouble': {
    status: 500,
    pl: 'System odmówił operacji na pliku.',
    en: 'The system refused an operation on a file.'
  },
  'disk-full': { status: 507, pl: 'Brak miejsca na dysku.', en: 'There is no space left on the disk.' },
  'result-exists': {
    status: 409,
    pl: 'Plik wynikowy już istnieje. Opcja --force pozwala go zastąpić.',
    en: 'The result is there already. The option --force permits to replace it.'
  },
  'result-over-input': {
    status: 409,
    pl: 'Wynik zastąpiłby jeden z podanych plików.',
    en: 'The result would replace one of the given files.'
  },
  'results-collide': {
    status: 409,
    pl: 'Dwa pliki mają ten sam wynik. Wskaż inny folder albo zmień nazwę.',
    en: 'Two files have the same result. Choose another folder, or rename one.'
  },
  'folder-needs-out': {
    status: 422,
    pl: 'Z opcją --recursive podaj w --out folder poza tym, który jest przetwarzany.',
    en: 'With --recursive, give in --out a folder outside the one that is worked on.'
  },
  'one-file-only': {
    status: 422,
    pl: 'Na standardowe wyjście trafia raport tylko jednego pliku. Dla wielu podaj folder w --out.',
    en: 'Only one report goes to standard output. For several files give a folder in --out.'
  },
  'nothing-given': { status: 422, pl: 'W podanych folderach nie ma plików.', en: 'The given folders hold no files.' },
  'not-tried': {
    status: 503,
    pl: 'Nie próbowano: usługa lub klucz nie odpowiada od dłuższego czasu.',
    en: 'Not tried: a service or the key has not answered for a while.'
  },
  internal: { status: 500, pl: 'Błąd programu.', en: 'A fault of the program.' }
})

const byErrno: Readonly<Record<string, ProblemType>> = {
  ENOENT: cliProblems['file-missing'],
  ENOTDIR: cliProblems['file-missing'],
  EACCES: cliProblems['file-no-access'],
  EPERM: cliProblems['file-no-access'],
  EROFS: cliProblems['file-no-access'],
  EISDIR: cliProblems['file-is-folder'],
  ENOSPC: cliProblems['disk-full'],
  EDQUOT: cliProblems['disk-full'],
  EEXIST: cliProblems['result-exists']
}

/** What the operating system said, as a problem; undefined when it was somebody else. */
export function fileProblem(error: unknown): Refused | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  if (typeof code !== 'string' || typeof syscall !== 'string') return undefined
  return new Refused(byErrno[code] ?? cliProblems['file-trouble'], { errno: code }, { cause: error })
}
