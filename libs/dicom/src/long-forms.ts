/** VRs whose explicit form has two reserved bytes and a length of 32 bits (PS3.5 §7.1.2). */
export const longForms: ReadonlySet<string> = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));
