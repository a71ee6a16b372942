/**
 * The rules that every tenant table obeys: its rows are visible only in a transaction that has set its tenant, even
 * to the table's owner; without a tenant the query fails.
 */
export function ofTenant(table: string, privileges: string): string[] {
  return [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    `create policy of_tenant on ${table} using (tenant_id = goniec_tenant()) with check (tenant_id = goniec_tenant())`,
    `grant ${privileges} on ${table} to goniec_app`
  ]
}

/** Refuses UPDATE, DELETE and TRUNCATE by trigger, besides the privileges that the application role lacks. */
export function appendOnly(table: string): string[] {
  return [
    `create trigger append_only before update or delete on ${table} for each row execute function refuse_change()`,
    `create trigger append_only_whole before truncate on ${table} for each statement execute function refuse_change()`
  ]
}
