/** Folders of the data directory. */
export const busDirectory = 'bus';
export const evidenceDirectory = 'evidence';
export const spoolDirectory = 'spool';
export const sqlDirectory = 'sql';
export const snapshotDirectory = 'snapshots';
