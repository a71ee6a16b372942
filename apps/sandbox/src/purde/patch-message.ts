import { z } from 'zod'
import type { StoredMessage } from './mailbox-state.js'
import { refuse } from './ua-error.js'

const patch = z
  .array(
    z.looseObject({
      op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
      path: z.string(),
      // The contract declares an object, but plain strings and booleans are sent too.
      value: z.unknown().optional()
    })
  )
  .max(1)

export type PatchOperation = z.infer<typeof patch>[number]

/** Reads a PatchBody: an array with at most one operation. @throws UaRefusal */
export function readPatch(body: unknown): PatchOperation | undefined {
  const parsed = patch.safeParse(body)
  return parsed.success ? parsed.data[0] : refuse('INVALID_REQUEST', 'a patch is an array with at most one operation')
}

/**
 * Moves a message into the bin or back. The pointers that the real service takes are not published; ours are the names
 * of the fields: `labels` (or `/labels`) with the value TRASH, and `opened` with a boolean.
 *
 * @throws UaRefusal
 */
export function patchMessage(message: StoredMessage, { op, path, value }: PatchOperation): void {
  const pointer = path.replace(/^\//, '').split('/')[0]
  const place = JSON.stringify(value) ?? ''
  if (pointer === 'labels' && (op === 'remove' || place.includes('TRASH'))) message.inTrash = op !== 'remove'
  else if (pointer === 'opened' && op === 'replace') message.opened = value === true || value === 'true'
  else refuse('INVALID_REQUEST', 'this change is not possible', message.messageId)
}
