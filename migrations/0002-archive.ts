import type { MigrationInterface, QueryRunner } from 'typeorm'
import { archiveSchema } from '#archive'
import { appendOnly } from './table-rules.js'

/** The content store: encrypted chunks addressed by content. */
export class Archive1763000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [...archiveSchema, ...appendOnly('blob'), ...appendOnly('blob_chunk')]) await runner.query(sql)
  }

  async down(): Promise<void> {
    throw new Error('Goniec keeps evidence: its schema is not taken back, a new migration mends it')
  }
}
