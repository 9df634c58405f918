// The OpenAPI 3.1 description of the API, made from the schemas that check the requests and from the table of
// problems, so that it can't fall behind them.
import { OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { describeLedger } from '../ledger/ledgerDescription.ts';
import { registry } from './describe.ts';
import { describeProcess } from '../process/processDescription.ts';
import { describeProjections } from '../admin/projectionDescription.ts';
import { describeRecovery } from '../admin/recoveryDescription.ts';
import { describeWallets } from '../wallets/walletDescription.ts';

describeWallets();
describeLedger();
describeProjections();
describeRecovery();
describeProcess();

const introduction = `Amounts are exact JSON numbers with the currency's decimals; read them by their source text. \
An \`Idempotency-Key\` makes any command safe to send again. Refusals are RFC 9457 problem details with a stable \`code\`..`;

/** The whole document. */
export function openApiDocument() {
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Wallet service',
      version: '1',
      description: introduction,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'Wallets', description: 'Create, credit, debit, transfer, read.' },
      { name: 'Ledger', description: 'Double-entry bookkeeping of every wallet.' },
      { name: 'Projections', description: 'For operators: how far the projections are, and what is parked.' },
      { name: 'Recovery', description: 'For operators: rebuild, retry, verify and prune, run by Temporal.' },
      { name: 'Process', description: 'Health and meaning.' },
    ],
  });
}
