import { ownSqlite } from './engines.ts';
import { retentionContract } from './retention-contract.ts';

retentionContract('SQLite', ownSqlite);
