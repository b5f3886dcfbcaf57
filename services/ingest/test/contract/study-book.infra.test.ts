import { describeWith, sharedPostgres } from '@voorrang/testing';
import { ownPostgres } from './engines.ts';
import { studyBookContract } from './study-book-contract.ts';

describeWith('PostgreSQL', [await sharedPostgres()], ([server]) => {
  studyBookContract('PostgreSQL', () => ownPostgres(server.address));
});
