// Adds to the audit log. An action has a row before it begins and an outcome after it ends, each in a
// database transaction of its own. So an action that nobody could write down does not happen, and one whose
// process dies in between is still there, without an outcome.
//
// Invariant: nothing here changes or deletes a row. The role of the service has no right to.
import type { Pool } from 'pg';

/** What is known of a request. Every text is cut to the length that its column takes. */
export interface AuditedRequest {
  /** Undefined if nobody has proved who they are. */
  readonly actor: string | undefined;
  /** Undefined if the caller is unknown. */
  readonly tenant: string | undefined;
  /** The caller's address. */
  readonly address: string;
  /** The operation's id. */
  readonly operation: string;
  readonly target: string;
  readonly reason: string | undefined;
  readonly requestId: string;
}

export interface AuditOutcome {
  readonly status: number;
  /** The code of the problem. Undefined for a success. */
  readonly code: string | undefined;
}

export interface AuditLog {
  /** Writes the row of an action that is about to begin, and answers its id. */
  readonly begin: (request: AuditedRequest) => Promise<string>;
  readonly end: (id: string, outcome: AuditOutcome) => Promise<void>;
  /** Writes one row for `requests` that were refused, with their outcome. */
  readonly refused: (request: AuditedRequest, outcome: AuditOutcome, requests: number) => Promise<void>;
}

const lengthsMax = { actor: 300, tenant: 63, address: 100, target: 500, reason: 500, requestId: 128 };

export function createAuditLog(pool: Pick<Pool, 'query'>): AuditLog {
  return {
    begin: async (request) => {
      const { rows } = await pool.query<{ id: string }>({
        name: 'begin-audited-action',
        text: `
          insert into audit_log (actor, tenant, address, operation, target, reason, request_id)
          values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text)
          returning id`,
        values: valuesOf(request),
      });
      const [row] = rows;
      if (row === undefined) throw new Error('the audit log did not answer the id of its row');
      return row.id;
    },
    end: async (id, { status, code }) => {
      await pool.query({
        name: 'end-audited-action',
        text: `
          insert into audit_outcomes (audit_id, status, code)
          values ($1::bigint, $2::smallint, $3::text)`,
        values: [id, status, code],
      });
    },
    refused: async (request, { status, code }, requests) => {
      await pool.query({
        name: 'add-audited-refusal',
        text: `
          with refused as (
            insert into audit_log (actor, tenant, address, operation, target, reason, request_id, requests)
            values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::integer)
            returning id
          )
          insert into audit_outcomes (audit_id, status, code)
          select id, $9::smallint, $10::text
            from refused`,
        values: [...valuesOf(request), requests, status, code],
      });
    },
  };
}

function valuesOf(request: AuditedRequest): (string | undefined)[] {
  const { actor, tenant, address, operation, target, reason, requestId } = request;
  return [
    cut(actor, lengthsMax.actor),
    cut(tenant, lengthsMax.tenant),
    cut(address, lengthsMax.address),
    operation,
    cut(target, lengthsMax.target),
    cut(reason, lengthsMax.reason),
    cut(requestId, lengthsMax.requestId),
  ];
}

/** PostgreSQL counts characters, and JavaScript units of UTF-16. So this is never too long. */
function cut(text: string | undefined, lengthMax: number): string | undefined {
  return text?.slice(0, lengthMax).toWellFormed().replaceAll('\0', '\u{fffd}');
}
