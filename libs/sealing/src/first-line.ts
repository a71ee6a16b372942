/** The first line of a text: the secret in a file that holds one. The mark with which some editors begin a file is no part of it. */
export const firstLineOf = (text: string): string => text.replace(/^\ufeff/, '').split(/\r?\n/, 1)[0]!
