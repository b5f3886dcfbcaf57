import { describeWith, sharedPostgres } from '@voorrang/testing';
import { ownPostgres } from './engines.ts';
import { retentionContract } from './retention-contract.ts';

describeWith('PostgreSQL', [await sharedPostgres()], ([server]) => {
  retentionContract('PostgreSQL', () => ownPostgres(server.address));
});
