// Judges outcomes that left no event: refusals, and requests for what is so already. Such an outcome fits
// where the model gives the same words. Holds and freezes end at a time, so it is judged at positions and at
// times. The time of a refusal is known only between two bounds. Both outcomes are allowed if something ends
// between them, and no other pair ever is.
import { specify } from '../../support/model.ts';
import { acceptedAnswer, refusalMembers } from '../../support/model/answers.ts';
import { refusalStatuses, type Verdict } from '../../support/model/refusals.ts';
import type { Request } from '../../support/model/requests.ts';
import type { ModelWallets } from '../../support/model/wallets.ts';
import { type Bounds, boundsOf, clockSlackMs, endsOf, momentsBetween } from './moments.ts';
import type { Placed } from './order.ts';
import type { AnswerRow, Call, History } from './recorded.ts';
import type { Timeline } from './timeline.ts';

/** The lifetimes between which a hold may end, from the moment of its request. */
const lifetimesMs = [1_000, 366 * 86_400_000];

interface Said {
  readonly status: number | undefined;
  readonly text: string;
  readonly members: Readonly<Record<string, unknown>>;
  readonly besideFormer: boolean;
}

/** The place of an outcome that left no event. */
export function outcomePlace(
  call: Call,
  row: AnswerRow | undefined,
  timeline: Timeline,
  { epochMs, besideFormer = false }: Pick<History, 'epochMs' | 'besideFormer'>,
): Placed {
  const { id, request, answer, invokedAt, answeredAt } = call;
  const text = row?.body ?? answer?.text ?? '{}';
  const members = JSON.parse(text) as Said['members'];
  const said: Said = { status: row?.status ?? answer?.status, text, members, besideFormer };
  const walletIds = involved(request, timeline);
  // It was decided after it was sent, and before its record was written or its answer arrived.
  const { from, to } = boundsOf(call, epochMs);
  const bounds = { from, to: Math.min(to, (row?.keptAtMs ?? Infinity) + clockSlackMs) };
  const fits = (position: number) => {
    const wallets: ModelWallets = new Map(
      walletIds.flatMap((walletId) => {
        const wallet = timeline.walletAt(walletId, position);
        return wallet === undefined ? [] : [[walletId, wallet] as const];
      }),
    );
    const seen = [wallets, ...withoutNewHold(call, wallets, timeline)];
    return timesOf(bounds, request, wallets).some((at) =>
      seen.some((before) => isSaid(specify(wallets, request, at, before), request, said)),
    );
  };
  const next = (position: number) => timeline.nextChange(walletIds, position);
  return { name: `${id} (${text})`, invokedAt, answeredAt, fits, next };
}

/** The wallets that decide about the request. The other side of a hold or a movement never changes. */
function involved(request: Request, timeline: Timeline): readonly string[] {
  const { walletId } = request;
  const last = timeline.wallets.get(walletId);
  const others = [
    'toWalletId' in request ? request.toWalletId : undefined,
    'sweepToWalletId' in request ? request.sweepToWalletId : undefined,
    'holdId' in request ? last?.holds.get(request.holdId)?.toWalletId : undefined,
    request.kind === 'reverse' ? last?.movements.get(request.version)?.other?.walletId : undefined,
  ];
  return [...new Set([walletId, ...others.filter((id) => id !== undefined)])];
}

/**
 * The wallets without the hold that a capture names, if it may have been placed while the capture waited. The
 * service reads the target of a hold before that.
 */
function withoutNewHold(
  { request, invokedAt }: Call,
  wallets: ModelWallets,
  timeline: Timeline,
): readonly ModelWallets[] {
  if (request.kind !== 'capture') return [];
  const { walletId, holdId } = request;
  const wallet = wallets.get(walletId);
  const placer = timeline.placerOf(walletId, holdId);
  if (wallet?.holds.has(holdId) !== true || placer === undefined || placer.answeredAt < invokedAt) return [];
  const holds = new Map([...wallet.holds].filter(([id]) => id !== holdId));
  return [new Map([...wallets, [walletId, { ...wallet, holds }]])];
}

/** The times at which the outcome may be another one. A wallet is loaded after it was changed. */
function timesOf(bounds: Bounds, request: Request, wallets: ModelWallets): readonly string[] {
  const all = [...wallets.values()];
  const from = Math.max(bounds.from, ...all.map(({ updatedAt }) => Date.parse(updatedAt)));
  return momentsBetween({ ...bounds, from }, [...all.flatMap(endsOf), ...endsIn(request), nextDay(from)]);
}

const dayMs = 86_400_000;

/** The windows of velocity rules begin with a day of UTC. */
function nextDay(ms: number): number {
  return (Math.floor(ms / dayMs) + 1) * dayMs;
}

/** The moments at which the times of a request become too near, or near enough. */
function endsIn(request: Request): readonly number[] {
  if (request.kind === 'freeze') return request.until === undefined ? [] : [Date.parse(request.until)];
  if (request.kind !== 'place' && request.kind !== 'adjust') return [];
  if (request.expiresAt === undefined) return [];
  const end = Date.parse(request.expiresAt);
  return lifetimesMs.flatMap((ms) => [end - ms, end - ms + 1]);
}

function isSaid(verdict: Verdict, request: Request, said: Said): boolean {
  const { status, text, members, besideFormer } = said;
  if (!('refusal' in verdict))
    return verdict.events.length === 0 && acceptedAnswer(request, verdict).text === text;
  const { code, currentVersion, says = '', numbers } = verdict.refusal;
  const detail = String(members.detail);
  // A release before holds told it in other words, and not all of the numbers.
  const before = `holds ${numbers?.available ?? ''} ${numbers?.currency ?? ''}`;
  return (
    status === refusalStatuses[code] &&
    members.code === code &&
    members.currentVersion === currentVersion &&
    (detail.includes(says) || (besideFormer && detail.includes(before))) &&
    Object.entries(refusalMembers(verdict.refusal)).every(
      ([name, value]) =>
        members[name] === value || (besideFormer && name !== 'walletId' && members[name] === undefined),
    )
  );
}
