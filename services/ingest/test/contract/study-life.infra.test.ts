import { describeWith, sharedPostgres } from '@voorrang/testing';
import { ownPostgres } from './engines.ts';
import { studyLifeContract } from './study-life-contract.ts';

describeWith('PostgreSQL', [await sharedPostgres()], ([server]) => {
  studyLifeContract('PostgreSQL', () => ownPostgres(server.address));
});
