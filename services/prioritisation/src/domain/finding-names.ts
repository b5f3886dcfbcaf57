import type { Bilingual } from '@voorrang/protocol';

const names: Readonly<Record<string, Bilingual>> = {
  ICH: { en: 'intracranial haemorrhage', nl: 'hersenbloeding' },
  PE: { en: 'pulmonary embolism', nl: 'longembolie' },
  INCIDENTAL_PE: { en: 'incidental pulmonary embolism', nl: 'toevallig gevonden longembolie' },
  CSPINE_FRACTURE: { en: 'cervical-spine fracture', nl: 'CWK-fractuur' },
  LVO: { en: 'large-vessel occlusion', nl: 'grotevatenocclusie' },
  CT_PERFUSION_DEFICIT: { en: 'perfusion deficit', nl: 'perfusiedefect' },
  ANEURYSM: { en: 'aneurysm', nl: 'aneurysma' },
  PNEUMOTHORAX: { en: 'pneumothorax', nl: 'pneumothorax' },
  PLEURAL_EFFUSION: { en: 'pleural effusion', nl: 'pleuravocht' },
  MISPLACED_DEVICE: { en: 'misplaced line or tube', nl: 'verkeerd liggende lijn of tube' },
};

/** A finding of the registry that does not ship is shown by its code. */
export const findingName = (code: string): Bilingual => names[code] ?? { en: code, nl: code };
