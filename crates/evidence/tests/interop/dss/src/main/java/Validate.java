import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Validates the court export of the vectors with the European Commission's DSS library, and changed copies of it, which must fail.
 * usage: Validate CONTAINER ROOT_PEM...
 *
 * DSS asks for revocation data; Comity has none but cards, so that one question of the default policy is not asked.
 */
public class Validate {
    public static void main(String[] arguments) throws Exception {
        byte[] container = Files.readAllBytes(Path.of(arguments[0]));
        String[] roots = java.util.Arrays.copyOfRange(arguments, 1, arguments.length);
        expect("as it was written", container, roots, true);
        expect("without trusted roots", container, new String[0], false);
        expect("an exhibit changed", changed(container, "exhibits/"), roots, false);
        expect("the page changed", changed(container, "index.html"), roots, false);
        expect("the list of members changed", changed(container, "META-INF/ASiCManifest.xml"), roots, false);
        System.out.println("DSS agrees");
    }

    static void expect(String what, byte[] container, String[] roots, boolean passes) throws Exception {
        SimpleReport report = validate(container, roots);
        String id = report.getFirstSignatureId();
        Indication found = id == null ? null : report.getIndication(id);
        boolean stamped = id != null && report.getSignatureTimestamps(id).size() == 1;
        System.out.println(what + ": " + found + " " + (id == null ? "" : report.getSignatureFormat(id) + " " + report.getSubIndication(id)));
        if (passes != (found == Indication.TOTAL_PASSED) || (passes && !stamped)) {
            System.out.println(id == null ? "" : report.getAdESValidationErrors(id).toString());
            throw new IllegalStateException(what + ": DSS says " + found);
        }
    }

    static SimpleReport validate(byte[] container, String[] roots) throws Exception {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        for (String root : roots) {
            trusted.addCertificate(DSSUtils.loadCertificate(new File(root)));
        }
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trusted);
        DSSDocument document = new InMemoryDocument(container, "evidence.asice");
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(document);
        validator.setCertificateVerifier(verifier);
        try (InputStream policy = Validate.class.getResourceAsStream("/policy/constraint.xml")) {
            String text = new String(policy.readAllBytes(), StandardCharsets.UTF_8);
            String asked = text.replaceAll("<RevocationDataAvailable Level=\"[A-Z]+\"", "<RevocationDataAvailable Level=\"IGNORE\"");
            if (asked.equals(text)) {
                throw new IllegalStateException("the default policy is not as it was");
            }
            return validator.validateDocument(new ByteArrayInputStream(asked.getBytes(StandardCharsets.UTF_8))).getSimpleReport();
        }
    }

    /** The same container with one byte of one member changed, packed anew as ASiC asks. */
    static byte[] changed(byte[] container, String prefix) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int done = 0;
        try (ZipInputStream source = new ZipInputStream(new ByteArrayInputStream(container)); ZipOutputStream sink = new ZipOutputStream(bytes)) {
            for (ZipEntry entry = source.getNextEntry(); entry != null; entry = source.getNextEntry()) {
                byte[] content = source.readAllBytes();
                if (entry.getName().startsWith(prefix)) {
                    content[content.length / 2] ^= 1;
                    done++;
                }
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setMethod(ZipEntry.STORED);
                copy.setSize(content.length);
                CRC32 sum = new CRC32();
                sum.update(content);
                copy.setCrc(sum.getValue());
                sink.putNextEntry(copy);
                sink.write(content);
            }
        }
        if (done != 1) {
            throw new IllegalStateException(done + " members were changed");
        }
        return bytes.toByteArray();
    }
}
