"""pynetdicom as a sender: reads one JSON document (host, port, aet, aec, steps) and prints one JSON line of what each step was answered."""

import json
import ssl
import sys

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import InstanceAvailabilityNotification, ModalityPerformedProcedureStep, Verification


def data_set(elements):
    made = Dataset()
    for keyword, value in elements.items():
        if isinstance(value, list):
            value = [data_set(item) for item in value]
        setattr(made, keyword, value)
    return made


def main():
    plan = json.load(sys.stdin)
    entity = AE(ae_title=plan["aet"])
    entity.add_requested_context(Verification)
    entity.add_requested_context(InstanceAvailabilityNotification, [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
    entity.add_requested_context(ModalityPerformedProcedureStep, ExplicitVRLittleEndian)
    objects = {path: dcmread(path) for step in plan["steps"] if "file" in step for path in [step["file"]]}
    for found in objects.values():
        entity.add_requested_context(found.SOPClassUID, found.file_meta.TransferSyntaxUID)
    tls = None
    if "tls" in plan:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=plan["tls"]["ca"])
        context.check_hostname = False
        context.load_cert_chain(plan["tls"]["cert"], plan["tls"]["key"])
        tls = (context, None)
    named = []
    watch = lambda event: named.append(event.message.command_set.get("AffectedSOPInstanceUID"))
    association = entity.associate(
        plan["host"],
        plan["port"],
        ae_title=plan["aec"],
        tls_args=tls,
        evt_handlers=[(evt.EVT_DIMSE_RECV, watch)],
    )
    if not association.is_established:
        print(json.dumps({"rejected": association.is_rejected}))
        return
    answers = []
    for step in plan["steps"]:
        what = step["do"]
        if what == "C-ECHO":
            status = association.send_c_echo()
        elif what == "C-STORE":
            status = association.send_c_store(objects[step["file"]])
        else:
            sop_class = {"IAN": InstanceAvailabilityNotification, "MPPS": ModalityPerformedProcedureStep}[step["class"]]
            send = association.send_n_create if what == "N-CREATE" else association.send_n_set
            status, _ = send(data_set(step["dataSet"]), sop_class, step["instance"])
        answers.append(
            {
                "status": status.get("Status"),
                "instance": named[-1] if named else None,
                "comment": status.get("ErrorComment"),
                "errorId": status.get("ErrorID"),
            }
        )
    association.release()
    print(json.dumps({"answers": answers, "released": association.is_released}))


main()
