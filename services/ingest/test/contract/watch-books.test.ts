import { ownSqlite } from './engines.ts';
import { watchBooksContract } from './watch-books-contract.ts';

watchBooksContract('SQLite', ownSqlite);
