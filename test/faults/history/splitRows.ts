// Gives each history of a round its rows. Rows have the ids inside, and a history has those of its tenant.
import { commandIdOfKey } from '../../../src/commands/commandIds.ts';
import { bareId, scopedId } from '../../../src/domain/tenant.ts';
import type { StoreRows } from '../../../harness/invariants/rows.ts';
import type { Driven, HistoryPlan } from './driver.ts';
import type { EventRow, FinalRead, History } from './recorded.ts';

/** What the API said of each key of one tenant. */
export type FinalReads = ReadonlyMap<string, FinalRead | undefined>;

/** Gives each history its rows: every id begins with the tenant, the history's name and a dot. */
export function split(
  driven: readonly Driven[],
  { events, answers }: StoreRows,
  finalReads: ReadonlyMap<string, FinalReads>,
): ReadonlyMap<HistoryPlan, History> {
  const placeOf = (id: string) => id.slice(0, id.indexOf('.'));
  // A compact record has no key, but its id is made of it.
  const keyed = driven.flatMap(({ plan: { tenant }, calls }) =>
    calls.flatMap(({ key }) => (key === undefined ? [] : [{ key, tenant }])),
  );
  const keyOf = new Map(keyed.map((one) => [commandIdOfKey(one.key, one.tenant), one]));
  const placeOfCommand = new Map(events.map(({ commandId, walletId }) => [commandId, placeOf(walletId)]));
  const eventsOf = Map.groupBy(events, ({ walletId }) => placeOf(walletId));
  const answersOf = Map.groupBy(answers, ({ commandId, body, walletId }) => {
    const named = keyOf.get(commandId);
    // A command that asked for what was so already left no event.
    if (named === undefined && walletId !== undefined) return placeOf(walletId);
    const id = named === undefined ? (JSON.parse(body) as { requestId: string }).requestId : named.key;
    return placeOfCommand.get(commandId) ?? placeOf(scopedId(named?.tenant ?? '', id));
  });
  return new Map(
    driven.map(({ plan, epochMs, calls, reads }) => {
      const place = scopedId(plan.tenant, plan.name);
      const own = (answersOf.get(place) ?? []).map((answer) => ({
        ...answer,
        ...(answer.walletId !== undefined && { walletId: bareId(answer.walletId) }),
        key: keyOf.get(answer.commandId)?.key ?? null,
      }));
      const history = {
        ...{ epochMs, calls, reads, besideFormer: plan.besideFormer === true },
        finalReads: finalReads.get(plan.tenant) ?? new Map(),
        events: (eventsOf.get(place) ?? []).map(asItsTenantSees),
        answers: own,
      };
      return [plan, history];
    }),
  );
}

const idsInData = ['ownerId', 'toWalletId', 'fromWalletId'];

function asItsTenantSees({ walletId, data, ...event }: EventRow): EventRow {
  const seen = Object.entries(data).map(([name, value]) => [
    name,
    idsInData.includes(name) ? bareId(value) : value,
  ]);
  return { ...event, walletId: bareId(walletId), data: Object.fromEntries(seen) as EventRow['data'] };
}
