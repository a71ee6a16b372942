import { declareProblems } from '#platform/plain'

/** What can go wrong while a seal is made. Codes are stable: clients and operators branch on them. */
export const sealingProblems = declareProblems('sealing', {
  'pdf-not-a-pdf': {
    status: 422,
    pl: 'Plik jest pusty albo nie jest dokumentem PDF.',
    en: 'The file is empty or is not a PDF document.'
  },
  'pdf-broken': {
    status: 422,
    pl: 'Budowa dokumentu PDF jest uszkodzona: nie da się do niego dopisać pieczęci bez naruszenia treści.',
    en: 'The structure of the PDF document is broken: a seal cannot be appended without touching its content.'
  },
  'pdf-unsupported': {
    status: 422,
    pl: 'Dokument PDF używa budowy, której Goniec nie obsługuje przy pieczętowaniu.',
    en: 'The PDF document uses a structure that Goniec does not support when sealing.'
  },
  'seal-design-invalid': {
    status: 422,
    pl: 'Wzór widocznej pieczęci jest błędny.',
    en: 'The design of the visible seal is wrong.'
  },
  'seal-does-not-fit': {
    status: 422,
    pl: 'Widoczna pieczęć nie mieści się na stronie w żądanym miejscu.',
    en: 'The visible seal does not fit on the page at the place asked for.'
  },
  'pdf-too-complex': {
    status: 422,
    pl: 'Dokument PDF przekracza granice złożoności przyjęte przy pieczętowaniu.',
    en: 'The PDF document exceeds the limits of complexity set for sealing.'
  },
  'pdf-encrypted': {
    status: 422,
    pl: 'Dokument PDF jest zaszyfrowany. Usuń hasło i złóż dokument ponownie.',
    en: 'The PDF document is encrypted. Remove the password and submit it again.'
  },
  'pdf-changes-forbidden': {
    status: 422,
    pl: 'Wcześniejszy podpis lub pieczęć w dokumencie PDF zabrania dalszych zmian, więc nie można dodać pieczęci.',
    en: 'An earlier signature or seal in the PDF document forbids further changes, so no seal can be added.'
  },
  'xml-not-well-formed': {
    status: 422,
    pl: 'Dokument XML jest uszkodzony: nie jest poprawnie zbudowany albo zapisany innym kodowaniem, niż podaje.',
    en: 'The XML document is broken: it is not well-formed, or in another encoding than it says.'
  },
  'xml-doctype': {
    status: 422,
    pl: 'Dokument XML zawiera deklarację typu (DOCTYPE), która pozwala zmienić jego treść bez zmiany pliku.',
    en: 'The XML document has a document type declaration (DOCTYPE), by which its content can change while the file does not.'
  },
  'xml-unsupported': {
    status: 422,
    pl: 'Dokument XML używa budowy, której Goniec nie obsługuje przy pieczętowaniu.',
    en: 'The XML document uses a structure that Goniec does not support when sealing.'
  },
  'xml-too-complex': {
    status: 422,
    pl: 'Dokument XML przekracza granice wielkości lub złożoności przyjęte przy pieczętowaniu.',
    en: 'The XML document exceeds the limits of size or complexity set for sealing.'
  },
  'xml-changes-forbidden': {
    status: 422,
    pl: 'Wcześniejszy podpis obejmuje cały dokument XML, więc pieczęć wewnątrz niego unieważniłaby ten podpis.',
    en: 'An earlier signature covers the whole XML document, so a seal inside it would break that signature.'
  },
  'pdf-field-missing': {
    status: 422,
    pl: 'W dokumencie PDF nie ma pola podpisu o podanej nazwie.',
    en: 'The PDF document has no signature field of the given name.'
  },
  'pdf-field-signed': {
    status: 422,
    pl: 'Pole podpisu o podanej nazwie jest już podpisane.',
    en: 'The signature field of the given name is signed already.'
  },
  'pdf-seed-values': {
    status: 422,
    pl: 'Pole podpisu w dokumencie PDF wymaga pieczęci innej niż ta, która miała powstać.',
    en: 'The signature field in the PDF document demands a seal other than the one to be made.'
  },
  'pdf-signed-already': {
    status: 422,
    pl: 'Dokument PDF jest już podpisany, a certyfikować można tylko dokument bez podpisów.',
    en: 'The PDF document is signed already, and only a document without signatures can be certified.'
  },
  'pdf-password-needed': {
    status: 422,
    pl: 'Dokument PDF jest zaszyfrowany, a hasło jest błędne albo go nie podano.',
    en: 'The PDF document is encrypted and the password is wrong or missing.'
  },
  'pdf-permission-missing': {
    status: 422,
    pl: 'Uprawnienia zaszyfrowanego dokumentu PDF nie pozwalają dodać pieczęci. Potrzebne jest hasło właściciela.',
    en: 'The permissions of the encrypted PDF document do not allow a seal. The owner password is needed.'
  },
  'pkcs12-unreadable': {
    status: 500,
    pl: 'Plik PKCS#12 z kluczem pieczęci jest nieczytelny albo uszkodzony.',
    en: 'The PKCS#12 file with the seal key is unreadable or damaged.'
  },
  'pkcs12-wrong-password': {
    status: 500,
    pl: 'Hasło do pliku PKCS#12 z kluczem pieczęci jest błędne.',
    en: 'The password of the PKCS#12 file with the seal key is wrong.'
  },
  'pkcs12-unsupported': {
    status: 500,
    pl: 'Plik PKCS#12 używa nieobsługiwanego szyfru lub rodzaju klucza. Zapisz go ponownie z szyfrem AES-256.',
    en: 'The PKCS#12 file uses an unsupported cipher or kind of key. Export it again with AES-256.'
  },
  'pkcs12-no-key': {
    status: 500,
    pl: 'W pliku PKCS#12 nie ma klucza prywatnego z pasującym certyfikatem.',
    en: 'The PKCS#12 file holds no private key with a matching certificate.'
  },
  'pkcs12-several-keys': {
    status: 500,
    pl: 'W pliku PKCS#12 jest kilka kluczy i nie wiadomo, którym pieczętować.',
    en: 'The PKCS#12 file holds several keys and it is not clear which one is to seal.'
  },
  'certificate-not-valid': {
    status: 500,
    pl: 'Certyfikat pieczęci nie jest jeszcze ważny albo utracił ważność.',
    en: 'The seal certificate is not yet valid or has expired.'
  },
  'certificate-unfit': {
    status: 500,
    pl: 'Certyfikat nie nadaje się do pieczętowania (rodzaj lub długość klucza albo jego dozwolone użycie).',
    en: 'The certificate is unfit for sealing (kind or length of the key, or its permitted use).'
  },
  'key-answer-wrong': {
    status: 502,
    pl: 'Klucz pieczęci zwrócił podpis, który nie zgadza się z certyfikatem. Pieczęć nie powstała.',
    en: 'The seal key returned a signature that does not match the certificate. No seal was made.'
  },
  'key-unknown': {
    status: 500,
    pl: 'W tej instalacji nie ma klucza pieczęci o tej nazwie.',
    en: 'This installation has no seal key of that name.'
  },
  'too-much-work': {
    status: 422,
    pl: 'Przetwarzanie pliku przekroczyło dozwolony czas albo pamięć.',
    en: 'Processing the file took more time or memory than is allowed.'
  },
  'engine-busy': {
    status: 503,
    pl: 'Silnik pieczęci ma teraz zbyt wiele zadań w kolejce. Spróbuj ponownie za chwilę.',
    en: 'The sealing engine has too many tasks waiting now. Try again in a moment.'
  },
  'nothing-to-seal': {
    status: 422,
    pl: 'Nie podano żadnego dokumentu do opieczętowania.',
    en: 'No document to seal was given.'
  },
  'file-kind-unknown': {
    status: 422,
    pl: 'Nie rozpoznano pliku jako podpisanego: nie jest to PDF, XML, CMS ani kontener ASiC.',
    en: 'The file is not recognised as a signed one: it is neither PDF nor XML, CMS or an ASiC container.'
  },
  'office-signature-unread': {
    status: 422,
    pl: 'Dokument biurowy (OOXML) ma podpis we własnym formacie, którego Goniec nie sprawdza.',
    en: 'The office document (OOXML) carries a signature in a format of its own, which Goniec does not validate.'
  },
  'revocation-not-configured': {
    status: 500,
    pl: 'Poziomy B-LT i B-LTA wymagają sprawdzenia unieważnień, a nie skonfigurowano kotwic zaufania.',
    en: 'Levels B-LT and B-LTA need revocation checks and no trust anchors are configured.'
  },
  'certificate-revoked': {
    status: 422,
    pl: 'Certyfikat został unieważniony.',
    en: 'The certificate has been revoked.'
  },
  'certificate-untrusted': {
    status: 422,
    pl: 'Nie znaleziono ścieżki od certyfikatu do żadnej z kotwic zaufania.',
    en: 'No path from the certificate to any of the trust anchors was found.'
  },
  'revocation-unavailable': {
    status: 503,
    pl: 'Nie udało się sprawdzić, czy certyfikat nie jest unieważniony: usługa OCSP ani lista CRL nie odpowiada.',
    en: 'Whether the certificate is revoked could not be checked: neither OCSP service nor CRL answers.'
  },
  'key-unavailable': {
    status: 503,
    pl: 'Urządzenie lub usługa z kluczem pieczęci nie odpowiada. Spróbuj ponownie później.',
    en: 'The device or service that holds the seal key does not answer. Try again later.'
  },
  'key-refused': {
    status: 502,
    pl: 'Urządzenie lub usługa z kluczem pieczęci odmówiła złożenia podpisu.',
    en: 'The device or service that holds the seal key refused to sign.'
  },
  'key-pin-refused': {
    status: 500,
    pl: 'Kod PIN klucza pieczęci został odrzucony. Goniec nie użyje go ponownie, aby nie zablokować klucza: popraw konfigurację i uruchom usługę ponownie.',
    en: 'The PIN of the seal key was refused. Goniec will not use it again, so that the key is not locked: mend the configuration and restart.'
  },
  'key-access-refused': {
    status: 500,
    pl: 'Usługa z kluczem pieczęci nie uznała danych dostępowych (identyfikatora i sekretu klienta albo certyfikatu TLS).',
    en: 'The service that holds the seal key did not accept the access data (client id and secret, or TLS certificate).'
  },
  'key-certificate-changed': {
    status: 502,
    pl: 'Certyfikat klucza pieczęci jest inny niż przypięty w konfiguracji. Pieczęć nie powstała.',
    en: 'The certificate of the seal key differs from the one pinned in the configuration. No seal was made.'
  },
  'key-unsuitable': {
    status: 500,
    pl: 'Klucz nie nadaje się do pieczętowania bez udziału człowieka.',
    en: 'The key is unsuitable for sealing without a person.'
  },
  'key-not-found': {
    status: 500,
    pl: 'Nie znaleziono wskazanego klucza pieczęci lub jego certyfikatu albo jest ich kilka.',
    en: 'The named seal key or its certificate was not found, or there are several.'
  },
  'key-closed': {
    status: 500,
    pl: 'Klucz pieczęci został już zamknięty.',
    en: 'The seal key has been closed already.'
  },
  'key-file-wrong': {
    status: 500,
    pl: 'Plik z konfiguracją kluczy pieczęci ma błędy.',
    en: 'The file that configures the seal keys has mistakes.'
  },
  'pkcs11-not-available': {
    status: 500,
    pl: 'Nie można wczytać obsługi PKCS#11: brak modułu pkcs11js albo biblioteki urządzenia.',
    en: 'PKCS#11 cannot be loaded: the module pkcs11js or the library of the device is missing.'
  },
  'seal-not-found': {
    status: 422,
    pl: 'W pliku nie ma podpisu ani pieczęci, których poziom można podnieść.',
    en: 'The file carries no signature or seal whose level could be raised.'
  },
  'seal-does-not-hold': {
    status: 422,
    pl: 'Podpis lub pieczęć w pliku nie zgadza się z treścią, więc poziomu nie można podnieść.',
    en: 'A signature or seal in the file does not match its content, so its level cannot be raised.'
  },
  'sealed-document-missing': {
    status: 422,
    pl: 'Podpis jest odłączony, a nie podano dokumentu, którego dotyczy.',
    en: 'The signature is detached and the document that it signs was not given.'
  },
  'one-document-only': {
    status: 422,
    pl: 'Ten rodzaj pieczęci obejmuje dokładnie jeden dokument.',
    en: 'This kind of seal covers exactly one document.'
  },
  'cms-broken': {
    status: 422,
    pl: 'Plik podpisu CMS/CAdES jest uszkodzony albo nie jest podpisem.',
    en: 'The CMS/CAdES signature file is damaged or is not a signature.'
  },
  'cms-unsupported': {
    status: 422,
    pl: 'Plik podpisu CMS/CAdES używa budowy, której Goniec nie obsługuje przy podnoszeniu poziomu.',
    en: 'The CMS/CAdES signature file uses a structure that Goniec does not support when raising its level.'
  },
  'zip-broken': {
    status: 422,
    pl: 'Plik ZIP jest uszkodzony, niespójny albo niejednoznaczny.',
    en: 'The ZIP file is damaged, inconsistent or ambiguous.'
  },
  'zip-unsupported': {
    status: 422,
    pl: 'Plik ZIP jest zaszyfrowany, podzielony albo używa nieobsługiwanej metody kompresji.',
    en: 'The ZIP file is encrypted, split, or uses an unsupported compression method.'
  },
  'zip-too-large': {
    status: 422,
    pl: 'Plik ZIP przekracza granice liczby lub wielkości plików.',
    en: 'The ZIP file exceeds the limits on the number or size of files.'
  },
  'container-broken': {
    status: 422,
    pl: 'Plik nie jest poprawnym kontenerem ASiC.',
    en: 'The file is not a correct ASiC container.'
  },
  'container-of-another-kind': {
    status: 422,
    pl: 'Kontener ma już podpisy innego rodzaju (XAdES albo CAdES); w jednym kontenerze nie łączy się obu.',
    en: 'The container already has signatures of the other kind (XAdES or CAdES); one container does not mix them.'
  },
  'file-name-unfit': {
    status: 422,
    pl: 'Nazwa pliku nie nadaje się do kontenera ASiC (pusta, powtórzona, zastrzeżona albo ze ścieżką).',
    en: 'A file name is unfit for an ASiC container (empty, repeated, reserved or with a path that leaves it).'
  },
  'timestamp-not-configured': {
    status: 500,
    pl: 'Poziom B-T wymaga znacznika czasu, a nie skonfigurowano urzędu znacznika czasu.',
    en: 'Level B-T needs a time stamp and no time-stamp authority is configured.'
  },
  'timestamp-file-wrong': {
    status: 500,
    pl: 'Konfiguracja urzędów znacznika czasu ma błędy.',
    en: 'The configuration of the time-stamp authorities has mistakes.'
  },
  'timestamp-unavailable': {
    status: 503,
    pl: 'Urząd znacznika czasu nie odpowiada. Spróbuj ponownie później.',
    en: 'The time-stamp authority does not answer. Try again later.'
  },
  'timestamp-refused': {
    status: 502,
    pl: 'Urząd znacznika czasu odmówił wydania znacznika.',
    en: 'The time-stamp authority refused to issue a time stamp.'
  },
  'timestamp-wrong': {
    status: 502,
    pl: 'Urząd znacznika czasu wydał znacznik, który nie przeszedł sprawdzenia.',
    en: 'The time-stamp authority issued a time stamp that did not pass verification.'
  },
  'trusted-list-wrong': {
    status: 502,
    pl: 'Zaufana lista jest nieczytelna albo jej pieczęć nie przeszła sprawdzenia.',
    en: 'The trusted list is unreadable or its seal did not pass verification.'
  }
})
