export type { ProjectionContext } from './context.ts';
export type { Projection, StudyDocument } from './document.ts';
export { evolve } from './evolve.ts';
export { markParked, unmarkParked } from './parked.ts';
export { projectStudy } from './project-study.ts';
export { projectUnprocessed } from './project-unprocessed.ts';
export { restorePart, type SnapshotPart, snapshotParts, snapshotVersion } from './snapshot.ts';
export { initialState, type ParkedMark, type WorklistState } from './state.ts';
