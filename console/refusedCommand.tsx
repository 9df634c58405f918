// Says why a command was refused. Such a command moved nothing, so no movement shows it.
import { time } from './format.ts';
import { get } from './http.ts';
import { useRead } from './readState.ts';

interface Refusal {
  readonly recordedAt: string;
  readonly body: { readonly detail: string };
}

export const isCommandId = (text: string): boolean =>
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

export function RefusedCommand({ commandId }: { readonly commandId: string }) {
  const { value: refusal } = useRead(() => readRefusal(commandId), [commandId]);
  if (refusal === undefined) return null;
  return (
    <p>
      The command {commandId} was refused at {time(refusal.recordedAt)}: {refusal.body.detail}
    </p>
  );
}

/** Undefined if the command was carried out, or is not known. */
async function readRefusal(commandId: string): Promise<Refusal | undefined> {
  const { body } = await get<{ outcome: string } & Refusal>(`/commands/${commandId}`);
  return body.outcome === 'refused' ? body : undefined;
}
