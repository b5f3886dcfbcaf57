export { asyncApi } from './async-api.ts';
export { type Incompatibility, incompatibilities } from './compatibility.ts';
export { eventSchemaFile, eventSchemas } from './event-schemas.ts';
export { openApi } from './open-api.ts';
