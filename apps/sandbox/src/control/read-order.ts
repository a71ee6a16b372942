import { HttpException } from '@nestjs/common'
import { z } from 'zod'

/** What a lever is told to do. @throws HttpException 400 that says what is wrong with it */
export function readOrder<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new HttpException({ error: z.prettifyError(result.error) }, 400)
}
