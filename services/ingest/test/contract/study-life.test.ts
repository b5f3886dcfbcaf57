import { ownSqlite } from './engines.ts';
import { studyLifeContract } from './study-life-contract.ts';

studyLifeContract('SQLite', ownSqlite);
