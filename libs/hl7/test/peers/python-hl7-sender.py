"""python-hl7 as an MLLP client: sends each message (one line of Base64) over one connection and prints one line of JSON per answer, as python-hl7 reads it."""

import base64
import json
import sys

import hl7
from hl7.client import MLLPClient


def one(message):
    return {
        "type": str(message["MSH"][0][9]),
        "code": str(message["MSA"][0][1]),
        "id": str(message["MSA"][0][2]),
        "errors": [str(error) for error in message["ERR"]] if "ERR" in [str(s[0]) for s in message] else [],
    }


def told(answer):
    text = answer.strip(b"\x0b\x1c\r").decode("latin-1") + "\r"
    if hl7.isfile(text) and text.startswith("FHS"):
        file = hl7.parse_file(text)
        return {"file": str(file.header[12]), "batches": [[one(each) for each in batch] for batch in file]}
    if hl7.isbatch(text):
        batch = hl7.parse_batch(text)
        return {"batch": str(batch.header[12]), "messages": [one(each) for each in batch], "count": str(batch.trailer[1])}
    return one(hl7.parse(text))


with MLLPClient("127.0.0.1", int(sys.argv[1])) as client:
    client.socket.settimeout(20)
    for line in sys.stdin:
        print(json.dumps(told(client.send_message(base64.b64decode(line)))), flush=True)
