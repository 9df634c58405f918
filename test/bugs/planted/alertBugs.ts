// Bugs in alerts: in what crosses a rule, in how an event keeps its alerts, and in how the feed gives them.
import type { PlantedBug } from '../plantedBug.ts';

const decided = 'test/unit/domain/alerts.test.ts';
const delivered = 'test/api/alerts.test.ts';
const crossing = 'src/domain/alertCrossing.ts';

export const alertBugs: readonly PlantedBug[] = [
  {
    rule: 'R260',
    invariant: 'A rule alerts when its amount is crossed, and not again until the wallet was back.',
    name: 'a rule alerts as long as it holds',
    harm: 'A customer gets a message for each purchase below the amount, and turns alerts off.',
    file: crossing,
    find: '!holds(rule, before) && holds(rule, after)',
    replace: 'holds(rule, after)',
    test: {
      file: decided,
      name: 'a rule alerts with the event that crosses its amount, and not again until the wallet was back',
    },
  },
  {
    rule: 'R261',
    invariant: 'Every event that crosses a rule alerts, whatever its type.',
    name: 'only movements alert',
    harm: 'A credit line is cut, nothing is left to pay with, and nobody is told.',
    file: 'src/domain/decide/changes.ts',
    find: 'const event = withAlerts(wallet, after, stated);',
    replace: "const event = 'terms' in stated ? stated : withAlerts(wallet, after, stated);",
    test: {
      file: decided,
      name: 'a rule about what is available hears of holds and limits, and one about the balance does not',
    },
  },
  {
    rule: 'R262',
    invariant: 'A rule about what is available counts what is held, and the least that must stay.',
    name: 'a rule about what is available looks at the balance',
    harm: 'A card whose money is held for a hotel is refused at the next till, and no alert came before.',
    file: crossing,
    find: "field === 'balance' ? wallet.balanceMinor : availableMinor(wallet)",
    replace: "field === 'balance' ? wallet.balanceMinor : (availableMinor(wallet), wallet.balanceMinor)",
    test: {
      file: delivered,
      name: 'a crossing by a placed hold is an alert too, and the sender of a transfer and its receiver have their own',
    },
  },
  {
    rule: 'R263',
    invariant: 'No page of the feed parts an event from its alerts.',
    name: 'a page of the feed is cut at its limit',
    harm: 'A program goes on after its page and never gets the alerts that did not fit.',
    file: 'src/feed/mapEvents.ts',
    find: 'while (end > 0 && end < events.length && isCut()) end -= 1;',
    replace: 'if (end === 0 && isCut()) end -= 1;',
    test: {
      file: delivered,
      name: 'the feed has an alert after its event, and no page parts them, whatever its size and its filter',
    },
  },
  {
    rule: 'R264',
    invariant: 'A stream gives the cursor of an event with the last of its alerts.',
    name: 'an event in a stream has its cursor before its alerts came',
    harm: 'A connection breaks between an event and its alert, and the alert never comes.',
    file: 'src/api/events/eventStream.ts',
    find: 'position !== undefined && position !== events[at + 1]?.position',
    replace: 'position !== undefined',
    test: {
      file: delivered,
      name: 'the feed as a stream gives the cursor with the last alert, so a reader that leaves before gets all again',
    },
  },
  {
    rule: 'R265',
    invariant: 'An alert is stored with its event.',
    name: 'the alerts of a debit are not stored',
    harm: 'A rule crossed at a purchase alerts nobody, and the history denies that it was crossed.',
    file: 'src/eventStore/eventCodec.ts',
    find: '      return alerts;\n',
    replace: '      return undefined;\n',
    test: {
      file: delivered,
      name: 'a crossing stands in the history of the wallet and in the feed, and the version stays that of the movement',
    },
  },
  {
    rule: 'R266',
    invariant: 'Alerts alone can be read from the whole log, and none is passed over.',
    name: 'a filter of alerts asks the log for their type',
    harm: 'A program that asks for alerts alone gets an empty feed for ever.',
    file: 'src/eventStore/read/readFeedEvents.ts',
    find: "or ('WalletAlert' = any($4::text[]) and coalesce(extra, data) ? 'alerts'))",
    replace: ')',
    test: {
      file: delivered,
      name: 'the feed finds alerts in the whole log too, in the order of their events',
    },
  },
];
