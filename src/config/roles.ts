// The roles of people who sign in at the console. src/access/roles.ts says what each may do.

export const roles = ['viewer', 'operator', 'approver'] as const;

export type Role = (typeof roles)[number];

/** Everybody in the provider's group has the role. */
export interface RoleOfGroup {
  readonly role: Role;
  readonly group: string;
}

/** A text such as `viewer=staff;operator=on-call`. Undefined if it is none. A group may have `=` and `,`. */
export function rolesOfGroups(given: string): readonly RoleOfGroup[] | undefined {
  const found = given
    .split(';')
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const at = entry.indexOf('=');
      const role = roles.find((name) => name === entry.slice(0, Math.max(0, at)).trim());
      const group = entry.slice(at + 1).trim();
      return role === undefined || group === '' ? undefined : { role, group };
    });
  return found.every((entry) => entry !== undefined) ? found : undefined;
}
