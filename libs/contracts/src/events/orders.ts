import { z } from 'zod';
import {
  codedSchema,
  epochMsSchema,
  orderNumberSchema,
  orderPrioritySchema,
  patientSchema,
  textSchema,
  uidSchema,
  visitSchema,
} from '../shapes.ts';

const text = textSchema.nullable();

/**
 * An order as one message told it. `null` means that the message did not say, so an earlier value stays; `order.changed` carries what it knows.
 * Accession numbers come from IPC-1, OBR-18, then OBR-3, by the sender's mapping.
 */
export const orderSchema = z
  .object({
    orderNumber: orderNumberSchema,
    accessionNumbers: z.array(z.string().max(64)),
    studyInstanceUid: uidSchema.nullable().describe('ZDS-1 or IPC-3'),
    patient: patientSchema.nullable(),
    visit: visitSchema.nullable(),
    procedure: codedSchema.nullable(),
    modality: text,
    bodyPart: text,
    indication: text,
    priority: orderPrioritySchema.nullable(),
    strokeCode: z.boolean().nullable(),
    status: z.enum(['scheduled', 'in-progress', 'completed', 'discontinued']).nullable(),
    requestedAt: epochMsSchema.nullable(),
  })
  .meta({ id: 'Order' });

export const orderCancelledSchema = z
  .object({ orderNumber: orderNumberSchema, accessionNumbers: z.array(z.string().max(64)) })
  .meta({ id: 'OrderCancelled' });

export const reportStatuses = ['preliminary', 'final', 'corrected', 'addendum', 'cancelled'] as const;

/** That a report exists and its status (OBR-25), never its text. */
export const reportIssuedSchema = z
  .object({
    orderNumber: orderNumberSchema,
    accessionNumbers: z.array(z.string().max(64)),
    studyInstanceUid: uidSchema.nullable(),
    patient: patientSchema.nullable(),
    status: z.enum(reportStatuses),
    issuedAt: epochMsSchema.nullable(),
  })
  .meta({ id: 'ReportIssued' });
