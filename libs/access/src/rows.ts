import { Column, Entity, PrimaryColumn } from 'typeorm'

/** Kinds of senders that the law treats apart. */
export const SENDER_KINDS = ['local-government', 'judiciary', 'other'] as const

/** One of them. */
export type SenderKind = (typeof SENDER_KINDS)[number]

/** An institution. */
@Entity('tenant')
export class TenantRow {
  @PrimaryColumn('uuid') id!: string
  @Column('text') name!: string
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date
}

/** An electronic delivery address that a tenant may send from. */
@Entity('sender_address')
export class SenderAddressRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('text') ade!: string
  @Column('text') name!: string
  /** Public bodies send under art. 4 of the e-delivery act, others by choice. */
  @Column('boolean', { name: 'is_public' }) isPublic!: boolean
  /** Local government and the judiciary owe the hybrid service later than others (art. 155). */
  @Column('text') kind!: SenderKind
}

/** A key of a calling system; only the digest of its secret is kept. */
@Entity('api_key')
export class ApiKeyRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('uuid') id!: string
  @Column('bytea', { name: 'secret_sha256' }) secretSha256!: Buffer
  @Column('text') label!: string
  @Column('text', { array: true }) roles!: string[]
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date
  @Column('timestamptz', { name: 'revoked_at', nullable: true }) revokedAt!: Date | null
}

/** Somebody was turned away; append-only. */
@Entity('access_refusal')
export class AccessRefusalRow {
  @PrimaryColumn('uuid') id!: string
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null
  @Column('text') actor!: string
  /** Method and route pattern; never the actual path. */
  @Column('text') action!: string
  @Column('text') code!: string
  @Column('text', { name: 'trace_id' }) traceId!: string
  @Column('timestamptz', { name: 'refused_at' }) refusedAt!: Date
}

/** All rows of this lib, for the data source. */
export const accessRows = [TenantRow, SenderAddressRow, ApiKeyRow, AccessRefusalRow]
