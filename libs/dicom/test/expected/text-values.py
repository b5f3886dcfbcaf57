"""What pydicom and DCMTK make of the text of the shared objects: writes text-values.json beside this script.

Usage: python3 text-values.py   (needs pydicom 3 and dcm2json of DCMTK)
"""

import json
import pathlib
import subprocess

import pydicom

TEXT = {"SH", "LO", "UC", "ST", "LT", "UT", "PN"}
HERE = pathlib.Path(__file__).parent
OBJECTS = HERE.parents[2] / "testing" / "fixtures" / "dicom"


def texts(data_set, path=""):
    """Path of each text element to its values, empty ones left out; names as their component groups joined by '='."""
    found = {}
    for tag, element in data_set.items():
        if int(tag[3], 16) % 2 == 1 and tag[4:] >= "1000":
            continue  # private attributes: pydicom knows some VRs of vendors
        vr, values = element.get("vr"), element.get("Value", [])
        if vr == "SQ":
            for index, item in enumerate(values):
                found.update(texts(item, f"{path}{tag}.{index}."))
        elif vr in TEXT:
            read = [name(value) if vr == "PN" else (value or "") for value in values]
            read = [value.rstrip(" \0") if vr in {"ST", "LT", "UT"} else value.strip(" \0") for value in read]
            if any(read):
                found[path + tag] = "\\".join(read)
    return found


def name(value):
    value = value or {}
    groups = [value.get(key, "") for key in ("Alphabetic", "Ideographic", "Phonetic")]
    return "=".join(group.strip(" \0") for group in groups).rstrip("=")


def by_pydicom(path):
    data_set = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    data_set.decode()
    return texts(data_set.to_json_dict(suppress_invalid_tags=True))


def by_dcmtk(path):
    ran = subprocess.run(["dcm2json", str(path)], capture_output=True)
    if ran.returncode != 0:
        return None
    try:
        return texts(json.loads(ran.stdout.decode("utf-8", "replace")))
    except ValueError:
        return None


E = b"\x1b"
JIS, JIS2, KATAKANA, ROMAJI, ASCII = E + b"$B", E + b"$(D", E + b")I", E + b"(J", E + b"(B"


def jis(text):
    return text.encode("iso2022_jp_2").removesuffix(ASCII)


# (0008,0005), VR, bytes: sets and rules that no shared object has
WRITTEN = [
    ("ISO_IR 203", "LO", "5 \u20ac \u0160koda".encode("iso8859_15")),
    ("ISO_IR 166", "PN", "\u0e2a\u0e21\u0e0a\u0e32\u0e22^\u0e43\u0e08\u0e14\u0e35".encode("tis-620")),
    ("ISO_IR 13", "PN", "\uff94\uff8f\uff80\uff9e^\uff80\uff9b\uff73".encode("shift_jis")),
    ("ISO_IR 101", "LO", "\u0141\u00f3d\u017a".encode("iso8859_2")),
    ("ISO_IR 109", "LO", "\u0108u vi?".encode("iso8859_3")),
    ("ISO_IR 110", "LO", "R\u012bga".encode("iso8859_4")),
    ("ISO_IR 148", "LO", "\u0130\u011fne\\\u015fi\u015fe".encode("iso8859_9")),
    ("GB18030", "PN", "Wang^XiaoDong=\u738b^\u5c0f\u4e1c=".encode("gb18030")),
    # the second byte of the first character is that of the backslash
    ("GB18030", "LO", "\u4e57\\\U00020000 \u8098".encode("gb18030")),
    ("GBK", "LO", "\u8098 \u814a\\\u4e02".encode("gbk")),
    ("\\ISO 2022 IR 58", "PN", b"Zhang^XiaoDong=" + E + b"$)A" + "\u5f20".encode("gb2312") + b"^" + E + b"$)A" + "\u5c0f\u4e1c".encode("gb2312") + b"="),
    ("\\ISO 2022 IR 87\\ISO 2022 IR 159", "LO", jis("\u9aa8\u76e4\u9244") + JIS2 + jis("\u4e02")[4:] + ASCII + b" ok\\" + jis("\u80f8\u90e8") + ASCII),
    ("\\ISO 2022 IR 87", "LO", jis("\u5c71\u30fb") + ASCII + b"\\b"),
    ("ISO 2022 IR 13\\ISO 2022 IR 87", "PN", "\uff94\uff8f^\uff80".encode("shift_jis") + b"=" + jis("\u5c71\u7530") + ROMAJI + b"^" + jis("\u592a\u90ce") + ROMAJI),
    ("ISO 2022 IR 100\\ISO 2022 IR 144", "LO", b"Caf\xe9 " + E + b"-L" + "\u0414\u0430".encode("iso8859_5") + b"\\Caf\xe9"),
    ("ISO 2022 IR 100\\ISO 2022 IR 126", "LT", E + b"-F" + "\u0391".encode("iso8859_7") + b"\r\n\xe9"),
    ("ISO 2022 IR 6\\ISO 2022 IR 149", "PN", b"Hong^Gildong=" + E + b"$)C" + "\ud64d".encode("euc-kr") + b"^" + E + b"$)C" + "\uae38\ub3d9".encode("euc-kr")),
    ("ISO 2022 IR 6\\ISO 2022 IR 166", "LO", E + b"-T" + "\u0e2a".encode("tis-620") + b" a"),
]


def written(charset, vr, raw):
    encodings = pydicom.charset.convert_encodings(charset.split("\\"))
    if vr == "PN":
        value = pydicom.valuerep.PersonName(raw, encodings).decode()
        text = "=".join(group.strip() for group in str(value).split("=")).rstrip("=")
    else:
        text = pydicom.charset.decode_bytes(raw, encodings, pydicom.valuerep.TEXT_VR_DELIMS | (set() if vr == "LT" else {0x5C}))
    return {"characterSet": charset, "vr": vr, "hex": raw.hex(), "pydicom": text}


result = {"written": [written(*case) for case in WRITTEN]}
for path in sorted([*OBJECTS.glob("charset/*.dcm"), *OBJECTS.glob("sr/*.dcm")]):
    pydicom_says, dcmtk_says = by_pydicom(path), by_dcmtk(path)
    entry = {"pydicom": pydicom_says}
    if dcmtk_says is None:
        entry["dcmtk"] = None  # refused
    else:
        entry["dcmtk"] = {k: v for k, v in dcmtk_says.items() if pydicom_says.get(k) != v}
        entry["onlyPydicom"] = [k for k in pydicom_says if k not in dcmtk_says]
    result[str(path.relative_to(OBJECTS))] = entry
(HERE / "text-values.json").write_text(json.dumps(result, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
