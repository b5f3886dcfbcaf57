"""Writes src/data-set/vr-dictionary.ts from the data dictionary of pydicom (MIT), which is generated from PS3.6 and PS3.7.

Usage: python3 scripts/vr-dictionary.py > src/data-set/vr-dictionary.ts   (needs pydicom 3)
"""

import collections

import pydicom
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary

# one VR where PS3.6 leaves a choice; XS is decided by Pixel Representation (PS3.5 Annex A.1)
CHOICES = {"US or SS": "XS", "OB or OW": "OW", "US or SS or OW": "OW", "US or OW": "OW"}

groups = collections.defaultdict(lambda: collections.defaultdict(list))


def note(tag, vr):
    vr = CHOICES.get(vr, vr)
    if len(vr) == 2 and vr != "UN":
        groups[tag >> 16][vr].append(tag & 0xFFFF)


for tag, entry in DicomDictionary.items():
    if tag >> 16 > 0x0002:
        note(tag, entry[0])
for mask, entry in RepeatersDictionary.items():
    if mask[2:4] == "xx" and "x" not in mask[4:]:  # curves and overlays: 50xx, 60xx
        note(int(mask.replace("x", "0"), 16), entry[0])

print("/**")
print(f" * VR of each standard attribute for implicit VR: group to `VR` and its elements in hex. Made by scripts/vr-dictionary.py from pydicom {pydicom.__version__}")
print(" * (MIT, Copyright (c) 2008-2020 Darcy Mason and pydicom contributors), which is made from PS3.6. XS is US or SS by Pixel Representation.")
print(" */")
print("export const vrDictionary: Readonly<Record<string, string>> = {")
for group in sorted(groups):
    parts = [vr + ",".join(f"{e:04x}" for e in sorted(es)) for vr, es in sorted(groups[group].items())]
    print(f"  '{group:04x}': '{';'.join(parts)}',")
print("};")
