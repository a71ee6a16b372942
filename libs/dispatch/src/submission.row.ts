import { Column, Entity, PrimaryColumn } from 'typeorm'

/** One answered submission: the same key again gets the same answer, for ever. */
@Entity('submission')
export class SubmissionRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('bytea', { name: 'key_sha256' }) keySha256!: Buffer
  @Column('bytea', { name: 'request_sha256' }) requestSha256!: Buffer
  @Column('uuid', { name: 'letter_id' }) letterId!: string
  /** The body that was answered, byte for byte. */
  @Column('text') response!: string
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date
}
