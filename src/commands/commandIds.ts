// The ids of commands that are named by a key. The id is made of the key, so keys need no index, and the same
// key is the same command in every process.
import { hash } from 'node:crypto';
import { defaultTenant, type Tenant } from '../domain/tenant.ts';

/**
 * The id of the command that a client's Idempotency-Key names. Each tenant has its own keys. Ids of the
 * default tenant must stay as they are, because records of every age are found by them.
 */
export function commandIdOfKey(idempotencyKey: string, tenant: Tenant = defaultTenant): string {
  // A key has no line break, so no key of one tenant reads like a tenant with a key.
  const named =
    tenant === defaultTenant
      ? `idempotency-key:${idempotencyKey}`
      : `tenant:${tenant}\nidempotency-key:${idempotencyKey}`;
  return toUuid(hash('sha256', named, 'hex'));
}

/** A step of a workflow that submits a command. */
export interface CommandStep {
  readonly workflowId: string;
  /** Names the command within the workflow, such as "expire hold h-1". */
  readonly step: string;
  /** 1, and one more after each refusal that the workflow wants to try again. */
  readonly attempt: number;
}

/** The key of a step. It is the same in every attempt of the activity, and after a continue-as-new. */
export function keyOfStep({ workflowId, step, attempt }: CommandStep): string {
  return JSON.stringify([workflowId, step, attempt]);
}

/** The id of the command of a step. No client can name it: a client's key is hashed with another prefix. */
export function commandIdOfStep(step: CommandStep): string {
  return toUuid(hash('sha256', `workflow-step:${keyOfStep(step)}`, 'hex'));
}

/** A UUID of version 8, of the first digits of a digest in hex. */
function toUuid(digest: string): string {
  const variant = ((parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}
