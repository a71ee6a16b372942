/** Languages that the command line speaks. */
export type Language = 'pl' | 'en'

/** The language of the environment: the first of LC_ALL, LC_MESSAGES and LANG that is set and not empty (POSIX, 8.2). */
export function languageOf(env: NodeJS.ProcessEnv): Language {
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find(one => one !== undefined && one !== '')
  return /^pl([_.@-]|$)/i.test(locale ?? '') ? 'pl' : 'en'
}
