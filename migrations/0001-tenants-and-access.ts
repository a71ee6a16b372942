import type { MigrationInterface, QueryRunner } from 'typeorm'
import { appendOnly, ofTenant } from './table-rules.js'

/** Who may use Goniec: tenants, their sender addresses, API keys, idempotent submissions, recorded refusals. */
export class TenantsAndAccess1763000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [
      `create function goniec_tenant() returns uuid language sql stable
         as $$ select current_setting('goniec.tenant_id')::uuid $$`,
      `create function refuse_change() returns trigger language plpgsql
         as $$ begin raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege'; end $$`,

      `create table tenant (
         id uuid primary key,
         name text not null,
         created_at timestamptz not null)`,
      `grant select on tenant to goniec_app`,

      `create table sender_address (
         tenant_id uuid not null references tenant (id),
         ade text not null,
         name text not null,
         is_public boolean not null,
         kind text not null check (kind in ('local-government', 'judiciary', 'other')),
         primary key (tenant_id, ade),
         unique (ade))`,
      ...ofTenant('sender_address', 'select'),

      `create table api_key (
         tenant_id uuid not null references tenant (id),
         id uuid not null,
         secret_sha256 bytea not null,
         label text not null,
         roles text[] not null,
         created_at timestamptz not null,
         revoked_at timestamptz,
         primary key (tenant_id, id),
         unique (id))`,
      // a key is looked up before its tenant is known: the application may only ask by exact id, through a function
      // that runs as the owner, and cannot read the table at all
      `alter table api_key enable row level security`,
      `alter table api_key force row level security`,
      `create policy of_owner on api_key to current_user using (true) with check (true)`,
      `create function find_api_key(wanted uuid)
         returns table (tenant_id uuid, secret_sha256 bytea, roles text[])
         language sql stable security definer set search_path = pg_catalog, public
         as $$ select k.tenant_id, k.secret_sha256, k.roles from public.api_key k
               where k.id = wanted and k.revoked_at is null $$`,
      `revoke all on function find_api_key(uuid) from public`,
      `grant execute on function find_api_key(uuid) to goniec_app`,

      `create table submission (
         tenant_id uuid not null references tenant (id),
         key_sha256 bytea not null,
         request_sha256 bytea not null,
         letter_id uuid not null,
         response text not null,
         created_at timestamptz not null,
         primary key (tenant_id, key_sha256))`,
      ...ofTenant('submission', 'select, insert'),
      ...appendOnly('submission'),

      `create table access_refusal (
         id uuid primary key,
         tenant_id uuid,
         actor text not null,
         action text not null,
         code text not null,
         trace_id text not null,
         refused_at timestamptz not null)`,
      `create index on access_refusal (tenant_id, refused_at)`,
      `alter table access_refusal enable row level security`,
      `alter table access_refusal force row level security`,
      // a refusal may come before any tenant is known, so writing is open and reading is not
      `create policy refusal_written on access_refusal for insert to goniec_app with check (true)`,
      `create policy refusal_read on access_refusal for select to goniec_app using (tenant_id = goniec_tenant())`,
      `grant select, insert on access_refusal to goniec_app`,
      ...appendOnly('access_refusal')
    ])
      await runner.query(sql)
  }

  async down(): Promise<void> {
    throw new Error('Goniec keeps evidence: its schema is not taken back, a new migration mends it')
  }
}
