import type { MigrationInterface, QueryRunner } from 'typeorm'
import { appendOnly, ofTenant } from './table-rules.js'

/** Seals on request: profiles, who may use them, batches, the record of every use, levels still to be raised. */
export class Seals1763000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [
      `create table seal_profile (
         tenant_id uuid not null references tenant (id),
         id uuid not null,
         name text not null,
         definition jsonb not null,
         updated_at timestamptz not null,
         primary key (tenant_id, id),
         unique (tenant_id, name))`,
      ...ofTenant('seal_profile', 'select'),

      `create table seal_grant (
         tenant_id uuid not null,
         profile_id uuid not null,
         subject text not null,
         may text not null check (may in ('use', 'approve')),
         granted_at timestamptz not null,
         primary key (tenant_id, profile_id, subject, may),
         foreign key (tenant_id, profile_id) references seal_profile (tenant_id, id))`,
      ...ofTenant('seal_grant', 'select'),

      `create table seal_batch (
         tenant_id uuid not null references tenant (id),
         id uuid not null,
         profile_id uuid not null,
         profile_name text not null,
         definition jsonb not null,
         key_sha256 bytea not null,
         request_sha256 bytea not null,
         state text not null check (state in ('awaiting-approval', 'running', 'done', 'rejected')),
         total int not null,
         created_by text not null,
         created_as text[] not null,
         created_at timestamptz not null,
         decided_by text,
         decided_at timestamptz,
         finished_at timestamptz,
         waiting_problem text,
         tries int not null default 0,
         primary key (tenant_id, id),
         unique (tenant_id, key_sha256),
         check (decided_by <> created_by),
         foreign key (tenant_id, profile_id) references seal_profile (tenant_id, id))`,
      `create index on seal_batch (tenant_id, state) where state in ('running', 'awaiting-approval')`,
      ...ofTenant('seal_batch', 'select, insert, update'),

      `create table seal_batch_item (
         tenant_id uuid not null,
         batch_id uuid not null,
         position int not null,
         document_id uuid not null,
         wish jsonb not null,
         state text not null check (state in ('waiting', 'sealed', 'failed')),
         use_id uuid,
         sealed_document_id uuid,
         format text,
         level text,
         signing_time timestamptz,
         timestamp_time timestamptz,
         problem text,
         facts jsonb,
         updated_at timestamptz not null,
         primary key (tenant_id, batch_id, position),
         check ((state = 'sealed') = (sealed_document_id is not null)),
         check ((state = 'failed') = (problem is not null)),
         foreign key (tenant_id, batch_id) references seal_batch (tenant_id, id),
         foreign key (tenant_id, document_id) references document (tenant_id, id),
         foreign key (tenant_id, sealed_document_id) references document (tenant_id, id))`,
      `create index on seal_batch_item (tenant_id, batch_id, state, position)`,
      `create index on seal_batch_item (tenant_id) where state = 'waiting'`,
      ...ofTenant('seal_batch_item', 'select, insert, update'),

      `create table seal_use (
         tenant_id uuid not null,
         id uuid not null,
         profile_id uuid not null,
         actor text not null,
         document_sha256 bytea not null,
         batch_id uuid,
         position int,
         used_at timestamptz not null,
         primary key (tenant_id, id),
         foreign key (tenant_id, profile_id) references seal_profile (tenant_id, id))`,
      `create index on seal_use (tenant_id, profile_id, used_at)`,
      `create index on seal_use (tenant_id, document_sha256)`,
      ...ofTenant('seal_use', 'select, insert'),
      ...appendOnly('seal_use'),

      `create table seal_made (
         tenant_id uuid not null,
         use_id uuid not null,
         format text,
         level text,
         sealed_sha256 bytea,
         document_id uuid,
         signing_time timestamptz,
         timestamp_time timestamptz,
         problem text,
         made_at timestamptz not null,
         primary key (tenant_id, use_id),
         check ((problem is null) = (sealed_sha256 is not null)),
         foreign key (tenant_id, use_id) references seal_use (tenant_id, id),
         foreign key (tenant_id, document_id) references document (tenant_id, id))`,
      `create index on seal_made (tenant_id, sealed_sha256)`,
      ...ofTenant('seal_made', 'select, insert'),
      ...appendOnly('seal_made'),

      `create table seal_raise (
         tenant_id uuid not null references tenant (id),
         id uuid not null,
         document_id uuid not null,
         original_ids uuid[] not null,
         to_level text not null,
         state text not null check (state in ('waiting', 'raised', 'failed')),
         raised_document_id uuid,
         batch_id uuid,
         position int,
         problem text,
         tries int not null default 0,
         created_at timestamptz not null,
         updated_at timestamptz not null,
         primary key (tenant_id, id),
         foreign key (tenant_id, document_id) references document (tenant_id, id),
         foreign key (tenant_id, id) references seal_use (tenant_id, id),
         foreign key (tenant_id, raised_document_id) references document (tenant_id, id))`,
      `create index on seal_raise (tenant_id) where state = 'waiting'`,
      `create index on seal_raise (tenant_id, batch_id)`,
      `create index on seal_raise (tenant_id, raised_document_id)`,
      ...ofTenant('seal_raise', 'select, insert, update')
    ])
      await runner.query(sql)
  }

  async down(): Promise<void> {
    throw new Error('Goniec keeps evidence: its schema is not taken back, a new migration mends it')
  }
}
