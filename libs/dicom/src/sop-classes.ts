/** Verification (PS3.4 §A). */
export const verificationSopClass = '1.2.840.10008.1.1';

const storageRoot = '1.2.840.10008.5.1.4.1.1.';

/** Storage SOP classes outside the root of PS3.4 §B.5, and private ones that scanners send beside their images. */
const otherStorage: ReadonlySet<string> = new Set([
  '1.2.840.10008.5.1.4.34.7', // RT Beams Delivery Instruction
  '1.2.840.10008.5.1.4.34.10', // RT Brachy Application Setup Delivery Instruction
  '1.3.12.2.1107.5.9.1', // Siemens CSA Non-Image
  '1.2.840.113619.4.26', // GE 3D Model
  '1.2.840.113619.4.27', // GE Nuclear Medicine
  '1.2.840.113619.4.30', // GE eNTEGRA
  '1.3.46.670589.2.5.1.1', // Philips 3D presentation state
  '1.3.46.670589.5.0.1', // Philips private MR series data
  '1.3.46.670589.5.0.14', // Philips specialised XA
  '1.3.46.670589.11.0.0.12.1', // Philips private MR spectrum
  '1.3.46.670589.11.0.0.12.2', // Philips private MR series
]);

/** Query, move and get of protocol approvals and all of inventories but their storage (201.1) stand under the storage root without being storage. */
const notStorage = /^(200\.[456]|201(\.(?!1$).*)?)$/;

/** Whether a SOP class is one of composite objects that a C-STORE may carry. New standard classes are under the same root and accepted. */
export function isStorageSopClass(uid: string): boolean {
  if (otherStorage.has(uid)) return true;
  return (
    uid.startsWith(storageRoot) && uid.length > storageRoot.length && !notStorage.test(uid.slice(storageRoot.length))
  );
}

/**
 * Objects that are no images to be read: they tell something of a study and never make a version of it.
 * Parts after the storage root; a part covers what stands below it.
 */
const evidenceParts: readonly string[] = [
  '7', // secondary capture
  '8', // stand-alone overlay (retired)
  '9', // curves and waveforms
  '10', // stand-alone modality LUT (retired)
  '11', // presentation states
  '30', // parametric map
  '66', // raw data, registration, fiducials, segmentation, tractography
  '67', // real world value mapping
  '68', // surface scan
  '78', // ophthalmic measurements
  '79', // ophthalmic visual field
  '80', // ophthalmic visual field, static perimetry
  '81', // ophthalmic thickness map
  '88', // structured reports, key objects, dose reports
  '90', // content assessment
  '91', // microscopy annotations
  '104', // encapsulated documents
  '129', // stand-alone PET curve (retired)
  '131', // basic structured display
  '200', // protocols
  '201', // inventories
];
/** Radiotherapy: only the RT image, the enhanced and the enhanced continuous RT image are images. */
const radiotherapyImages: ReadonlySet<string> = new Set(['481.1', '481.23', '481.24']);

export function isEvidenceSopClass(uid: string): boolean {
  if (!uid.startsWith(storageRoot)) return otherStorage.has(uid);
  const part = uid.slice(storageRoot.length);
  if (part.startsWith('481.')) return !radiotherapyImages.has(part);
  return evidenceParts.some((evidence) => part === evidence || part.startsWith(`${evidence}.`));
}

/** Evidence whose content is kept up to a larger limit than a header: it says something of the study that may be read. The others are measurements, plans and waveforms. */
const keptWholeParts: readonly string[] = [
  '7', // secondary capture
  '11', // presentation states
  '30', // parametric map
  '66.4', // segmentation
  '67', // real world value mapping
  '88', // structured reports, key objects, dose reports
  '90', // content assessment
];

export function isKeptWhole(uid: string): boolean {
  if (!uid.startsWith(storageRoot)) return false;
  const part = uid.slice(storageRoot.length);
  return keptWholeParts.some((kept) => part === kept || part.startsWith(`${kept}.`));
}
