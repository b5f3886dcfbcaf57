import { describe, expect, test } from '@jest/globals';
import { isEvidenceSopClass, isStorageSopClass } from './sop-classes.ts';

const root = '1.2.840.10008.5.1.4.1.1.';

describe('SOP classes', () => {
  test.each(['2', '4', '481.1', '481.23', '481.24'])('%s under the storage root is an image', (part) => {
    expect([isStorageSopClass(root + part), isEvidenceSopClass(root + part)]).toEqual([true, false]);
  });

  test.each(['7', '66.4', '88.59', '104.1', '200.1', '200.3', '200.7', '201.1', '481.2', '481.5', '481.25'])(
    '%s under the storage root is stored, and no image',
    (part) => {
      expect([isStorageSopClass(root + part), isEvidenceSopClass(root + part)]).toEqual([true, true]);
    },
  );

  test.each(['', '200.4', '200.5', '200.6', '201.2', '201.3', '201.4', '201.5', '201.6', '201.10', '201.11'])(
    '"%s" under the storage root is no storage',
    (part) => {
      expect(isStorageSopClass(root + part)).toBe(false);
    },
  );
});
