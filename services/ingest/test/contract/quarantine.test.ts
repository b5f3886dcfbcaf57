import { ownSqlite } from './engines.ts';
import { quarantineContract } from './quarantine-contract.ts';
import { receiptsContract } from './receipts-contract.ts';

quarantineContract('SQLite', ownSqlite);
receiptsContract('SQLite', ownSqlite);
