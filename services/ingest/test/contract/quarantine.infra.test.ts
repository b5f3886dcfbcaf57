import { describeWith, sharedPostgres } from '@voorrang/testing';
import { ownPostgres } from './engines.ts';
import { quarantineContract } from './quarantine-contract.ts';
import { receiptsContract } from './receipts-contract.ts';

describeWith('PostgreSQL', [await sharedPostgres()], ([server]) => {
  quarantineContract('PostgreSQL', () => ownPostgres(server.address));
  receiptsContract('PostgreSQL', () => ownPostgres(server.address));
});
