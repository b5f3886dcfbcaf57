import dimse from 'dcmjs-dimse';

/** dcmjs-dimse as a receiver that keeps nothing: whole objects in memory, success at once. */
const port = Number(process.argv[2]);
const { Scp, Server, log } = dimse;
const { PresentationContextResult, Status } = dimse.constants;
const { CEchoResponse, CStoreResponse } = dimse.responses;
log.setLevel('silent');

class Ignoring extends Scp {
  override associationRequested(association: InstanceType<typeof dimse.association.Association>): void {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      const [syntax] = context.getTransferSyntaxUids();
      context.setResult(PresentationContextResult.Accept, syntax);
    }
    this.sendAssociationAccept();
  }

  override cStoreRequest(
    request: InstanceType<typeof dimse.requests.CStoreRequest>,
    callback: (response: InstanceType<typeof CStoreResponse>) => void,
  ): void {
    const response = CStoreResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }

  override cEchoRequest(
    request: InstanceType<typeof dimse.requests.CEchoRequest>,
    callback: (response: InstanceType<typeof CEchoResponse>) => void,
  ): void {
    const response = CEchoResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }
}

new Server(Ignoring).listen(port);
process.stdout.write(`${port}\n`);
process.once('SIGTERM', () => process.exit(0));
