import { createHmac } from 'node:crypto'

/** The role that the application works as: not an owner, not a superuser, no BYPASSRLS. */
export const APP_ROLE = 'goniec_app'

/**
 * The application role's URL for the same server and database as the owner's. Its password is derived from the
 * owner's, so that every process given the same DATABASE_URL agrees on it without another secret to distribute.
 * Installations with a role of their own set DATABASE_APP_URL instead.
 */
export function appRoleUrl(ownerUrl: string): string {
  const url = new URL(ownerUrl)
  url.username = APP_ROLE
  url.password = appRolePassword(ownerUrl)
  return url.toString()
}

/** The derived password of the application role (64 hexadecimal digits). */
export function appRolePassword(ownerUrl: string): string {
  return createHmac('sha256', decodeURIComponent(new URL(ownerUrl).password))
    .update(APP_ROLE)
    .digest('hex')
}
