import { describeWith, sharedPostgres } from '@voorrang/testing';
import { ownPostgres } from './engines.ts';
import { watchBooksContract } from './watch-books-contract.ts';

describeWith('PostgreSQL', [await sharedPostgres()], ([server]) => {
  watchBooksContract('PostgreSQL', () => ownPostgres(server.address));
});
