import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.parser.PipeParser;
import ca.uhn.hl7v2.parser.UnexpectedSegmentBehaviourEnum;
import ca.uhn.hl7v2.util.Terser;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * HAPI as an MLLP client: sends each message (one line of Base64 on standard input) and prints one line of tab-separated fields per answer: structure that HAPI
 * parsed it into, version, MSA-1, MSA-2, MSA-3, and what it wrote again of ERR. Unexpected segments, and fields that the version does not know,
 * are errors, not extras. Arguments: port, and for TLS the files of the authority, own certificate and own key in PEM.
 */
public class HapiSender {
  public static void main(String[] args) throws Exception {
    boolean tls = args.length > 1;
    if (tls) useCertificates(args[1], args[2], args[3]);
    try (DefaultHapiContext context = new DefaultHapiContext()) {
      context.getParserConfiguration().setUnexpectedSegmentBehaviour(UnexpectedSegmentBehaviourEnum.THROW_HL7_EXCEPTION);
      context.getParserConfiguration().setAllowUnknownVersions(false);
      PipeParser parser = context.getPipeParser();
      Connection connection = context.newClient("127.0.0.1", Integer.parseInt(args[0]), tls);
      connection.getInitiator().setTimeout(20, TimeUnit.SECONDS);
      BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
      for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
        String text = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
        String told;
        try {
          Message answer = connection.getInitiator().sendAndReceive(parser.parse(text));
          told = describe(answer);
        } catch (Exception problem) {
          told = "failed\t" + problem;
        }
        System.out.println(told.replace("\r", " ").replace("\n", " "));
      }
      connection.close();
    }
  }

  private static String describe(Message answer) throws Exception {
    Terser terser = new Terser(answer);
    StringBuilder told = new StringBuilder();
    for (String part : new String[] {
      answer.getClass().getSimpleName(), answer.getVersion(), terser.get("/MSA-1"), terser.get("/MSA-2"), terser.get("/MSA-3")
    }) {
      told.append(part == null ? "" : part).append('\t');
    }
    for (String segment : answer.encode().split("\r")) {
      if (segment.startsWith("ERR")) told.append(segment).append('\t');
    }
    return told.toString().replaceAll("\t+$", "");
  }

  private static void useCertificates(String authority, String own, String key) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("authority", certificate(authority));
    String pem = Files.readString(Path.of(key)).replaceAll("-----[^-]*-----|\\s", "");
    PrivateKey secret = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    store.setKeyEntry("own", secret, new char[0], new Certificate[] {certificate(own)});
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    SSLContext.setDefault(context);
  }

  private static Certificate certificate(String file) throws Exception {
    return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(Files.readAllBytes(Path.of(file))));
  }
}
