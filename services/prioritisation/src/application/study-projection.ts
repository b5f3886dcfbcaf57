import { toVoorrangError, type VoorrangError } from '@voorrang/kernel';
import {
  type Projection,
  type ProjectionContext,
  projectStudy,
  projectUnprocessed,
  type WorklistState,
} from '../domain/index.ts';

/** Projects studies one by one. One that cannot be projected is shown as unprocessed and told of; it never keeps others off the list. */
export class StudyProjection {
  readonly #onUnprojected: (studyId: string, error: VoorrangError) => void;
  readonly #failing = new Set<string>();

  constructor(onUnprojected: (studyId: string, error: VoorrangError) => void) {
    this.#onUnprojected = onUnprojected;
  }

  /** Studies that are shown as unprocessed because their projection throws. */
  get failing(): number {
    return this.#failing.size;
  }

  of(state: WorklistState, id: string, context: ProjectionContext): Projection | null {
    try {
      const projection = projectStudy(state, id, context);
      this.#failing.delete(id);
      return projection;
    } catch (thrown) {
      if (!this.#failing.has(id)) this.#onUnprojected(id, toVoorrangError(thrown));
      this.#failing.add(id);
      return projectUnprocessed(state, id, context);
    }
  }
}
