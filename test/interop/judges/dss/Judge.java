import eu.europa.esig.dss.asic.cades.ASiCWithCAdESSignatureParameters;
import eu.europa.esig.dss.asic.cades.signature.ASiCWithCAdESService;
import eu.europa.esig.dss.asic.xades.ASiCWithXAdESSignatureParameters;
import eu.europa.esig.dss.asic.xades.signature.ASiCWithXAdESService;
import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.ASiCContainerType;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.http.commons.CommonsDataLoader;
import eu.europa.esig.dss.service.http.commons.TimestampDataLoader;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
import eu.europa.esig.dss.service.tsp.OnlineTSPSource;
import eu.europa.esig.dss.signature.AbstractSignatureParameters;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.aia.DefaultAIASource;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;

/**
 * EU DSS at the other end of a pipe. One command a line, fields separated by tabs; every answer ends with a line "end".
 *   trust FILE…                                        trust anchors, DER or PEM
 *   validate FILE [ORIGINAL…]                          one line per signature: id, indication, sub-indication, level, errors
 *   sign KIND LEVEL IN OUT P12 PASSWORD TSA|- [DIGEST] KIND: pades, xades-enveloped, xades-enveloping, xades-detached,
 *                                                      cades-attached, cades-detached, asice-xades, asice-cades, asics-xades, asics-cades
 *   extend KIND LEVEL IN OUT TSA [ORIGINAL…]           raises the level; at B-LTA another archive time stamp
 */
public class Judge {
  private static final CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split("\t");
      try {
        if (words[0].equals("trust")) trust(words);
        else if (words[0].equals("validate")) validate(words, out);
        else if (words[0].equals("sign")) sign(words);
        else if (words[0].equals("extend")) extend(words);
        else throw new IllegalArgumentException(words[0]);
      } catch (Throwable error) {
        out.println("error\t" + flat(error.getClass().getSimpleName() + ": " + error.getMessage()));
      }
      out.println("end");
    }
  }

  private static void trust(String[] words) throws Exception {
    for (int i = 1; i < words.length; i++)
      try (FileInputStream file = new FileInputStream(words[i])) {
        trusted.addCertificate(DSSUtils.loadCertificate(file));
      }
  }

  private static CommonCertificateVerifier verifier() {
    CommonsDataLoader loader = new CommonsDataLoader();
    CommonCertificateVerifier verifier = new CommonCertificateVerifier();
    verifier.setTrustedCertSources(trusted);
    verifier.setOcspSource(new OnlineOCSPSource());
    verifier.setCrlSource(new OnlineCRLSource(loader));
    verifier.setAIASource(new DefaultAIASource(loader));
    verifier.setCheckRevocationForUntrustedChains(false);
    return verifier;
  }

  private static void extend(String[] words) throws Exception {
    String kind = words[1];
    DSSDocument document = new FileDocument(words[3]);
    OnlineTSPSource tsp = new OnlineTSPSource(words[5], new TimestampDataLoader());
    List<DSSDocument> originals = new ArrayList<>();
    for (int i = 6; i < words.length; i++) originals.add(new FileDocument(words[i]));
    DSSDocument extended;
    if (kind.equals("pades")) {
      PAdESService s = new PAdESService(verifier());
      s.setTspSource(tsp);
      extended = s.extendDocument(document, raised(new PAdESSignatureParameters(), "PAdES", words[2], originals));
    } else if (kind.startsWith("xades")) {
      XAdESService s = new XAdESService(verifier());
      s.setTspSource(tsp);
      extended = s.extendDocument(document, raised(new XAdESSignatureParameters(), "XAdES", words[2], originals));
    } else if (kind.startsWith("cades")) {
      CAdESService s = new CAdESService(verifier());
      s.setTspSource(tsp);
      extended = s.extendDocument(document, raised(new CAdESSignatureParameters(), "CAdES", words[2], originals));
    } else if (kind.endsWith("-xades")) {
      ASiCWithXAdESService s = new ASiCWithXAdESService(verifier());
      s.setTspSource(tsp);
      ASiCWithXAdESSignatureParameters p = raised(new ASiCWithXAdESSignatureParameters(), "XAdES", words[2], originals);
      p.aSiC().setContainerType(kind.startsWith("asice") ? ASiCContainerType.ASiC_E : ASiCContainerType.ASiC_S);
      extended = s.extendDocument(document, p);
    } else {
      ASiCWithCAdESService s = new ASiCWithCAdESService(verifier());
      s.setTspSource(tsp);
      ASiCWithCAdESSignatureParameters p = raised(new ASiCWithCAdESSignatureParameters(), "CAdES", words[2], originals);
      p.aSiC().setContainerType(kind.startsWith("asice") ? ASiCContainerType.ASiC_E : ASiCContainerType.ASiC_S);
      extended = s.extendDocument(document, p);
    }
    extended.save(words[4]);
  }

  private static <P extends AbstractSignatureParameters<?>> P raised(
      P parameters, String family, String level, List<DSSDocument> originals) {
    parameters.setSignatureLevel(SignatureLevel.valueOf(family + "_BASELINE_" + level.substring(2)));
    if (!originals.isEmpty()) parameters.setDetachedContents(originals);
    return parameters;
  }

  private static void validate(String[] words, PrintStream out) {
    SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(words[1]));
    validator.setCertificateVerifier(verifier());
    if (words.length > 2) {
      List<DSSDocument> originals = new ArrayList<>();
      for (int i = 2; i < words.length; i++) originals.add(new FileDocument(words[i]));
      validator.setDetachedContents(originals);
    }
    Reports reports = validator.validateDocument();
    SimpleReport report = reports.getSimpleReport();
    for (String id : report.getSignatureIdList()) {
      List<String> errors = new ArrayList<>();
      report.getAdESValidationErrors(id).forEach(message -> errors.add(message.getValue()));
      report.getAdESValidationWarnings(id).forEach(message -> errors.add("warning: " + message.getValue()));
      out.println(String.join("\t", "signature", id, String.valueOf(report.getIndication(id)),
          String.valueOf(report.getSubIndication(id)), String.valueOf(report.getSignatureFormat(id)), flat(String.join("; ", errors))));
    }
  }

  private static void sign(String[] words) throws Exception {
    String kind = words[1];
    String level = words[2];
    DSSDocument document = new FileDocument(words[3]);
    char[] password = words[6].toCharArray();
    try (Pkcs12SignatureToken token = new Pkcs12SignatureToken(new File(words[5]), new KeyStore.PasswordProtection(password))) {
      DSSPrivateKeyEntry key = token.getKeys().get(0);
      DigestAlgorithm digest = DigestAlgorithm.valueOf(words.length > 8 ? words[8] : "SHA256");
      CommonCertificateVerifier verifier = verifier();
      OnlineTSPSource tsp = words[7].equals("-") ? null : new OnlineTSPSource(words[7], new TimestampDataLoader());
      DSSDocument signed;
      if (kind.equals("pades")) {
        PAdESSignatureParameters p = with(new PAdESSignatureParameters(), "PAdES", level, SignaturePackaging.ENVELOPED, key, digest);
        PAdESService s = new PAdESService(verifier);
        s.setTspSource(tsp);
        signed = s.signDocument(document, p, token.sign(s.getDataToSign(document, p), digest, key));
      } else if (kind.startsWith("xades")) {
        XAdESSignatureParameters p = with(new XAdESSignatureParameters(), "XAdES", level, packaging(kind), key, digest);
        XAdESService s = new XAdESService(verifier);
        s.setTspSource(tsp);
        signed = s.signDocument(document, p, token.sign(s.getDataToSign(document, p), digest, key));
      } else if (kind.startsWith("cades")) {
        CAdESSignatureParameters p = with(new CAdESSignatureParameters(), "CAdES", level, packaging(kind), key, digest);
        CAdESService s = new CAdESService(verifier);
        s.setTspSource(tsp);
        signed = s.signDocument(document, p, token.sign(s.getDataToSign(document, p), digest, key));
      } else if (kind.endsWith("-xades")) {
        ASiCWithXAdESSignatureParameters p = with(new ASiCWithXAdESSignatureParameters(), "XAdES", level, SignaturePackaging.DETACHED, key, digest);
        p.aSiC().setContainerType(kind.startsWith("asice") ? ASiCContainerType.ASiC_E : ASiCContainerType.ASiC_S);
        ASiCWithXAdESService s = new ASiCWithXAdESService(verifier);
        s.setTspSource(tsp);
        signed = s.signDocument(document, p, token.sign(s.getDataToSign(document, p), digest, key));
      } else {
        ASiCWithCAdESSignatureParameters p = with(new ASiCWithCAdESSignatureParameters(), "CAdES", level, SignaturePackaging.DETACHED, key, digest);
        p.aSiC().setContainerType(kind.startsWith("asice") ? ASiCContainerType.ASiC_E : ASiCContainerType.ASiC_S);
        ASiCWithCAdESService s = new ASiCWithCAdESService(verifier);
        s.setTspSource(tsp);
        signed = s.signDocument(document, p, token.sign(s.getDataToSign(document, p), digest, key));
      }
      signed.save(words[4]);
    }
  }

  private static <P extends AbstractSignatureParameters<?>> P with(
      P parameters, String family, String level, SignaturePackaging packaging, DSSPrivateKeyEntry key, DigestAlgorithm digest) {
    parameters.setSignatureLevel(SignatureLevel.valueOf(family + "_BASELINE_" + level.substring(2)));
    parameters.setSignaturePackaging(packaging);
    parameters.setDigestAlgorithm(digest);
    parameters.setSigningCertificate(key.getCertificate());
    parameters.setCertificateChain(key.getCertificateChain());
    return parameters;
  }

  private static SignaturePackaging packaging(String kind) {
    if (kind.endsWith("enveloped")) return SignaturePackaging.ENVELOPED;
    return kind.endsWith("detached") ? SignaturePackaging.DETACHED : SignaturePackaging.ENVELOPING;
  }

  private static String flat(String text) {
    return text == null ? "" : text.replaceAll("[\\t\\r\\n]+", " ");
  }
}
