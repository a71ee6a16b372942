import type { PipeTransform } from '@nestjs/common'
import { Refused, type ProblemType } from '#platform'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** An id in a path. What is not a UUID names nothing, so it is answered like an id that nobody has. */
export class IdOf implements PipeTransform<string, string> {
  /** @param missing the problem to answer with */
  constructor(private readonly missing: ProblemType) {}

  transform(value: string): string {
    if (!UUID.test(value)) throw new Refused(this.missing)
    return value.toLowerCase()
  }
}
