import eu.europa.esig.dss.asic.xades.ASiCWithXAdESSignatureParameters;
import eu.europa.esig.dss.asic.xades.signature.ASiCWithXAdESService;
import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.ASiCContainerType;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.SignatureImageParameters;
import eu.europa.esig.dss.pades.SignatureImageTextParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.signature.AbstractSignatureParameters;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * EU DSS at the other end of a pipe: does one kind of work for so many milliseconds and says how often it was done.
 * Argument: the folder with files and keys. A line "CASE<tab>MILLISECONDS" is answered by "TIMES<tab>MILLISECONDS".
 */
public class DssPeer {
  private interface Work {
    void run(int i) throws Exception;
  }

  private static File home;

  public static void main(String[] arguments) throws Exception {
    home = new File(arguments[0]);
    Map<String, Work> works = new HashMap<>();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split("\t");
      try {
        Work work = works.get(words[0]);
        if (work == null) works.put(words[0], work = workOf(words[0]));
        long begun = System.nanoTime();
        long end = begun + Long.parseLong(words[1]) * 1_000_000;
        int times = 0;
        do work.run(times++); while (System.nanoTime() < end);
        System.out.println(times + "\t" + (System.nanoTime() - begun) / 1e6);
      } catch (Throwable error) {
        System.out.println("error\t" + (error.getClass().getSimpleName() + ": " + error.getMessage()).replaceAll("\\s+", " "));
      }
    }
  }

  private static List<byte[]> contents(String start, String end) throws Exception {
    List<byte[]> found = new ArrayList<>();
    File[] files = home.listFiles((folder, name) -> name.startsWith(start) && name.endsWith(end));
    Arrays.sort(files);
    for (File file : files) found.add(Files.readAllBytes(file.toPath()));
    return found;
  }

  private static Work workOf(String name) throws Exception {
    if (name.equals("validate")) return validation();
    String kind = name.split(" ")[0];
    CommonCertificateVerifier verifier = new CommonCertificateVerifier();
    Pkcs12SignatureToken token = new Pkcs12SignatureToken(
        new File(home, name.split(" ")[1] + ".p12"), new KeyStore.PasswordProtection("bench".toCharArray()));
    DSSPrivateKeyEntry key = token.getKeys().get(0);
    if (kind.equals("pades")) {
      List<byte[]> files = contents("100k-", ".pdf");
      PAdESService service = new PAdESService(verifier);
      return i -> {
        DSSDocument document = new InMemoryDocument(files.get(i % files.size()), "document.pdf");
        PAdESSignatureParameters p = with(new PAdESSignatureParameters(), SignatureLevel.PAdES_BASELINE_B, SignaturePackaging.ENVELOPED, key);
        p.setReason("Potwierdzenie pochodzenia pisma");
        p.setImageParameters(visible());
        service.signDocument(document, p, token.sign(service.getDataToSign(document, p), DigestAlgorithm.SHA256, key));
      };
    }
    if (kind.startsWith("xades")) {
      List<byte[]> files = contents(kind.substring(6) + "-", ".xml");
      XAdESService service = new XAdESService(verifier);
      return i -> {
        DSSDocument document = new InMemoryDocument(files.get(i % files.size()), "document.xml");
        XAdESSignatureParameters p = with(new XAdESSignatureParameters(), SignatureLevel.XAdES_BASELINE_B, SignaturePackaging.ENVELOPED, key);
        service.signDocument(document, p, token.sign(service.getDataToSign(document, p), DigestAlgorithm.SHA256, key));
      };
    }
    List<byte[]> files = contents("100k-", ".pdf");
    if (kind.equals("asice")) {
      ASiCWithXAdESService service = new ASiCWithXAdESService(verifier);
      return i -> {
        List<DSSDocument> both = List.of(
            new InMemoryDocument(files.get(i % files.size()), "a.pdf"), new InMemoryDocument(files.get((i + 1) % files.size()), "b.pdf"));
        ASiCWithXAdESSignatureParameters p = with(new ASiCWithXAdESSignatureParameters(), SignatureLevel.XAdES_BASELINE_B, SignaturePackaging.DETACHED, key);
        p.aSiC().setContainerType(ASiCContainerType.ASiC_E);
        service.signDocument(both, p, token.sign(service.getDataToSign(both, p), DigestAlgorithm.SHA256, key));
      };
    }
    CAdESService service = new CAdESService(verifier);
    return i -> {
      DSSDocument document = new InMemoryDocument(files.get(i % files.size()), "document.pdf");
      CAdESSignatureParameters p = with(new CAdESSignatureParameters(), SignatureLevel.CAdES_BASELINE_B, SignaturePackaging.DETACHED, key);
      service.signDocument(document, p, token.sign(service.getDataToSign(document, p), DigestAlgorithm.SHA256, key));
    };
  }

  private static Work validation() throws Exception {
    CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
    for (byte[] root : contents("root-", ".der")) trusted.addCertificate(DSSUtils.loadCertificate(root));
    List<byte[]> files = contents("lta-", ".pdf");
    return i -> {
      CommonCertificateVerifier verifier = new CommonCertificateVerifier();
      verifier.setTrustedCertSources(trusted);
      SignedDocumentValidator validator =
          SignedDocumentValidator.fromDocument(new InMemoryDocument(files.get(i % files.size()), "document.pdf"));
      validator.setCertificateVerifier(verifier);
      SimpleReport report = validator.validateDocument().getSimpleReport();
      // without a network it cannot be sure of the newest time stamp; the work is the same
      Indication indication = report.getIndication(report.getFirstSignatureId());
      if (indication != Indication.TOTAL_PASSED && indication != Indication.INDETERMINATE)
        throw new IllegalStateException(indication + " " + report.getSubIndication(report.getFirstSignatureId()));
    };
  }

  private static SignatureImageParameters visible() {
    SignatureImageParameters image = new SignatureImageParameters();
    image.getFieldParameters().setOriginX(340);
    image.getFieldParameters().setOriginY(725);
    image.getFieldParameters().setWidth(212);
    image.getFieldParameters().setHeight(74);
    SignatureImageTextParameters text = new SignatureImageTextParameters();
    text.setText("Pieczec elektroniczna\nGmina Testowa\nPotwierdzenie pochodzenia pisma\n22.11.2026 12:00");
    image.setTextParameters(text);
    return image;
  }

  private static <P extends AbstractSignatureParameters<?>> P with(
      P parameters, SignatureLevel level, SignaturePackaging packaging, DSSPrivateKeyEntry key) {
    parameters.setSignatureLevel(level);
    parameters.setSignaturePackaging(packaging);
    parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
    parameters.setSigningCertificate(key.getCertificate());
    parameters.setCertificateChain(key.getCertificateChain());
    return parameters;
  }
}
