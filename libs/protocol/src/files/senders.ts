import { orderPrioritySchema, patientClassSchema, siteSchema } from '@voorrang/contracts';
import { charsetLabel, orderedModalities, parseFieldPath } from '@voorrang/hl7';
import { parseNetwork } from '@voorrang/kernel';
import { z } from 'zod';
import { dicomOperations, type Senders } from '../protocol.ts';
import { heartbeatSchema } from './heartbeat.ts';

/** Assigning authority (CX-4) or issuer of patient id. */
const authoritySchema = z.string().min(1).max(64);
const namespaceSchema = z.string().min(1).max(64);
/** Name of table 0211 (`UNICODE UTF-8`, `8859/1`, ...) used when MSH-18 is empty. */
const charsetSchema = z
  .string()
  .max(32)
  .refine((name) => charsetLabel(name) !== undefined, 'no character set of HL7 table 0211 that is known here');

/** PS3.5 §6.2, AE: at most 16 characters, no backslash, no control characters, spaces at the ends mean nothing. */
const aeTitleSchema = z.string().regex(/^(?! )[ -[\]-~]{1,16}(?<! )$/, 'expected an AE title of 1 to 16 characters');

const listOf = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .min(1)
    .max(100)
    .superRefine((items, context) => {
      items.forEach((one, index) => {
        if (items.indexOf(one) < index) context.addIssue({ code: 'custom', message: 'is named twice', path: [index] });
      });
    });

const originShape = {
  addresses: listOf(
    z
      .string()
      .refine((text) => parseNetwork(text) !== undefined, 'expected an IP address or a network such as 10.1.2.0/24'),
  ).exactOptional(),
  certificates: listOf(
    z
      .string()
      .regex(/^([0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}|[0-9A-Fa-f]{64})$/, 'expected a SHA-256 fingerprint: 64 hex digits')
      .transform((text) => text.replaceAll(':', '').toLowerCase()),
  ).exactOptional(),
  plaintext: z.boolean().exactOptional(),
};

const plaintextWithCertificates = {
  check: (sender: { certificates?: readonly string[]; plaintext?: boolean }): boolean =>
    !(sender.plaintext === true && sender.certificates !== undefined),
  problem: { message: 'whoever must show a certificate cannot speak without TLS', path: ['plaintext'] },
};

const dicomSenderSchema = z
  .strictObject({
    callingAe: aeTitleSchema,
    site: siteSchema,
    authority: authoritySchema,
    ...originShape,
    calledAe: listOf(aeTitleSchema).exactOptional(),
    operations: listOf(z.enum(dicomOperations)).exactOptional(),
    associations: z.int().min(1).max(1000).exactOptional(),
    heartbeat: heartbeatSchema.exactOptional(),
  })
  .refine(plaintextWithCertificates.check, plaintextWithCertificates.problem);

const fieldPathSchema = z.string().superRefine((text, context) => {
  const path = parseFieldPath(text);
  if (!path.ok) context.addIssue({ code: 'custom', message: path.error });
});
const fieldPathsSchema = listOf(fieldPathSchema).exactOptional();

/** Codes as sent to the word that they mean; compared without case. */
const codeMapSchema = <Word extends z.ZodType>(word: Word) =>
  z
    .record(z.string().min(1).max(64), word)
    .superRefine((codes, context) => {
      const seen = new Set<string>();
      for (const code of Object.keys(codes)) {
        if (seen.has(code.toUpperCase())) {
          context.addIssue({ code: 'custom', message: 'differs from a code before by its case alone', path: [code] });
        }
        seen.add(code.toUpperCase());
      }
    })
    .exactOptional();

const hl7SenderSchema = z
  .strictObject({
    application: namespaceSchema,
    facility: namespaceSchema,
    site: siteSchema,
    authority: authoritySchema,
    charset: charsetSchema,
    ...originShape,
    fields: z
      .strictObject({
        accessionNumber: fieldPathsSchema,
        studyInstanceUid: fieldPathsSchema,
        priority: fieldPathsSchema,
        location: fieldPathsSchema,
        patientClass: fieldPathsSchema,
        visitNumber: fieldPathsSchema,
      })
      .exactOptional(),
    codes: z
      .strictObject({
        priority: codeMapSchema(orderPrioritySchema),
        patientClass: codeMapSchema(patientClassSchema),
        modality: codeMapSchema(z.enum(orderedModalities)),
        authority: codeMapSchema(authoritySchema),
      })
      .exactOptional(),
    acknowledgement: z
      .strictObject({
        mode: z.enum(['by-message', 'original', 'enhanced']).exactOptional(),
        swapErrors: z.boolean().exactOptional(),
      })
      .exactOptional(),
    processingIds: listOf(z.enum(['P', 'D', 'T'])).exactOptional(),
    keepAuthorities: listOf(authoritySchema).exactOptional(),
    dropIdentifierTypes: z.array(z.string().min(1).max(16)).max(100).exactOptional(),
    merges: z.boolean().exactOptional(),
    strokeCodeWords: z
      .array(
        z
          .string()
          .max(100)
          .regex(/[\p{L}\p{N}].*[\p{L}\p{N}]/u, 'expected a word'),
      )
      .max(100)
      .exactOptional(),
    heartbeat: heartbeatSchema.exactOptional(),
  })
  .refine(plaintextWithCertificates.check, plaintextWithCertificates.problem)
  .refine(({ authority, keepAuthorities }) => keepAuthorities?.includes(authority) ?? true, {
    message: 'must hold the authority of the sender itself, or its bare ids would be dropped',
    path: ['keepAuthorities'],
  })
  .superRefine(({ codes, keepAuthorities }, context) => {
    for (const [name, kept] of Object.entries(codes?.authority ?? {})) {
      if (keepAuthorities === undefined || keepAuthorities.includes(kept)) continue;
      const message = 'leads to an authority that keepAuthorities does not hold';
      context.addIssue({ code: 'custom', message, path: ['codes', 'authority', name] });
    }
  });

export const sendersFileSchema = z.strictObject({
  dicom: z.array(dicomSenderSchema),
  hl7: z.array(hl7SenderSchema),
  fallback: z.strictObject({
    authority: authoritySchema,
    charset: charsetSchema,
    unknown: z.enum(['accept', 'refuse']).exactOptional(),
  }),
});

export const sendersOf = (file: z.output<typeof sendersFileSchema>): Senders => file;
