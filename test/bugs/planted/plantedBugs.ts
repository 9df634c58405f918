// Every bug that `npm run test:bugs` plants, in the order in which an amount flows through the system.
import { archiveBugs } from './archiveBugs.ts';
import type { PlantedBug } from '../plantedBug.ts';
import { abuseBugs } from './abuseBugs.ts';
import { alertBugs } from './alertBugs.ts';
import { auditBugs } from './auditBugs.ts';
import { accessBugs } from './accessBugs.ts';
import { cacheBugs } from './cacheBugs.ts';
import { clientBugs } from './clientBugs.ts';
import { commandBugs } from './commandBugs.ts';
import { consoleBugs } from './consoleBugs.ts';
import { contractBugs } from './contractBugs.ts';
import { domainBugs } from './domainBugs.ts';
import { faultBenchBugs } from './faultBenchBugs.ts';
import { feedBugs } from './feedBugs.ts';
import { feedReaderBugs } from './feedReaderBugs.ts';
import { generationBugs } from './generationBugs.ts';
import { handoverBugs } from './handoverBugs.ts';
import { healthBugs } from './healthBugs.ts';
import { holdBugs } from './holdBugs.ts';
import { listBugs } from './listBugs.ts';
import { localBugs } from './localBugs.ts';
import { openingBugs } from './openingBugs.ts';
import { outageBugs } from './outageBugs.ts';
import { outboxBugs } from './outboxBugs.ts';
import { pageBugs } from './pageBugs.ts';
import { paymentBugs } from './paymentBugs.ts';
import { projectionBugs } from './projectionBugs.ts';
import { raceBugs } from './raceBugs.ts';
import { rateBugs } from './rateBugs.ts';
import { readBugs } from './readBugs.ts';
import { readModelBugs } from './readModelBugs.ts';
import { recoveryBugs } from './recoveryBugs.ts';
import { searchBugs } from './searchBugs.ts';
import { ledgerArchiveBugs } from './ledgerArchiveBugs.ts';
import { ledgerSegmentBugs } from './ledgerSegmentBugs.ts';
import { segmentBugs } from './segmentBugs.ts';
import { settingBugs } from './settingBugs.ts';
import { signInBugs } from './signInBugs.ts';
import { statementBugs } from './statementBugs.ts';
import { storeBugs } from './storeBugs.ts';
import { tenantBugs } from './tenantBugs.ts';
import { traceBugs } from './traceBugs.ts';
import { velocityBugs } from './velocityBugs.ts';
import { verifyBugs } from './verifyBugs.ts';
import { webhookBugs } from './webhookBugs.ts';
import { webhookConsoleBugs } from './webhookConsoleBugs.ts';
import { webhookDeliveryBugs } from './webhookDeliveryBugs.ts';
import { webhookLaneBugs } from './webhookLaneBugs.ts';
import { webhookProgramBugs } from './webhookProgramBugs.ts';
import { webhookRetryBugs } from './webhookRetryBugs.ts';
import { webhookUpkeepBugs } from './webhookUpkeepBugs.ts';
import { webhookRaceBugs } from './webhookRaceBugs.ts';

/** The chapters of docs/rules.md. */
export const chapters: readonly { readonly title: string; readonly bugs: readonly PlantedBug[] }[] = [
  { title: 'Amounts, decisions, events', bugs: domainBugs },
  { title: 'From the request to the commit', bugs: [...commandBugs, ...cacheBugs] },
  { title: 'Commands between processes', bugs: handoverBugs },
  { title: 'Holds, reversals and limits', bugs: [...paymentBugs, ...raceBugs] },
  { title: 'Velocity rules', bugs: velocityBugs },
  { title: 'Alerts', bugs: alertBugs },
  { title: 'The contract over HTTP', bugs: contractBugs },
  { title: 'Log, checkpoints, parked events, ledger', bugs: [...projectionBugs, ...pageBugs] },
  { title: 'The outbox', bugs: outboxBugs },
  { title: 'Segments of the log', bugs: segmentBugs },
  { title: 'Segments of the ledger', bugs: ledgerSegmentBugs },
  { title: 'The opening state of an archived log', bugs: openingBugs },
  { title: 'The archive of the log', bugs: [...archiveBugs, ...ledgerArchiveBugs] },
  { title: 'Read model', bugs: readModelBugs },
  { title: 'PostgreSQL: sessions, retention, plans', bugs: storeBugs },
  { title: 'Generations of idempotency records', bugs: generationBugs },
  { title: 'The trail of a movement', bugs: traceBugs },
  { title: 'Lists', bugs: listBugs },
  { title: 'Finding wallets', bugs: searchBugs },
  { title: 'Statements', bugs: statementBugs },
  { title: 'Reads that a history does not slow', bugs: readBugs },
  { title: 'The event feed', bugs: [...feedBugs, ...feedReaderBugs] },
  {
    title: 'Webhooks',
    bugs: [
      ...webhookBugs,
      ...webhookDeliveryBugs,
      ...webhookLaneBugs,
      ...webhookRaceBugs,
      ...webhookRetryBugs,
      ...webhookProgramBugs,
      ...webhookUpkeepBugs,
      ...faultBenchBugs,
    ],
  },
  { title: 'Verification and absence', bugs: verifyBugs },
  { title: 'Recoveries', bugs: recoveryBugs },
  { title: 'What an operator is told', bugs: [...healthBugs, ...settingBugs] },
  { title: 'Holds beside their commands', bugs: holdBugs },
  { title: 'Access', bugs: accessBugs },
  { title: 'Tenants', bugs: tenantBugs },
  { title: 'Sign-in at the console', bugs: signInBugs },
  { title: 'Money at the console', bugs: consoleBugs },
  { title: 'Webhooks at the console', bugs: webhookConsoleBugs },
  { title: 'The audit log', bugs: auditBugs },
  { title: 'Programs of others', bugs: clientBugs },
  { title: 'Processes and the local stack', bugs: localBugs },
  { title: 'Outages', bugs: outageBugs },
  { title: 'Abuse', bugs: abuseBugs },
  { title: 'Rates', bugs: rateBugs },
];

export const plantedBugs: readonly PlantedBug[] = chapters.flatMap(({ bugs }) => bugs);
