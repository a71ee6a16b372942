import type { MigrationInterface, QueryRunner } from 'typeorm'
import { archiveSchema } from '#archive'
import { appendOnly, ofTenant } from './table-rules.js'

/** The content store: encrypted chunks addressed by content. */
export class Archive1763000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const rules = ['blob', 'blob_chunk'].flatMap(table => [...ofTenant(table, 'select, insert'), ...appendOnly(table)])
    for (const sql of [...archiveSchema, ...rules]) await runner.query(sql)
  }

  async down(): Promise<void> {
    throw new Error('Goniec keeps evidence: its schema is not taken back, a new migration mends it')
  }
}
