import { ownSqlite } from './engines.ts';
import { studyBookContract } from './study-book-contract.ts';

studyBookContract('SQLite', ownSqlite);
