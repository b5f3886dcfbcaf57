export { generatePolicySchemas } from './policy-schemas.ts';
