import { declareProblems } from '#platform'

/** What the public service (PURDE), or a look at a letter before it goes there, can object to. */
export const purdeProblems = declareProblems('purde', {
  'no-recipient-address': {
    status: 422,
    pl: 'Przesyłka nie ma adresu do doręczeń elektronicznych adresata.',
    en: 'The letter has no electronic delivery address of the addressee.'
  },
  'file-name-forbidden': {
    status: 422,
    pl: 'Nazwa pliku jest za długa albo zawiera spację lub znak, którego usługa nie przyjmuje.',
    en: 'The file name is too long, or has a space or a character that the service does not accept.'
  },
  'file-name-repeated': {
    status: 422,
    pl: 'Dwa załączniki mają tę samą nazwę.',
    en: 'Two attachments have the same name.'
  },
  'file-type-forbidden': {
    status: 422,
    pl: 'Usługa nie przyjmuje plików z takim rozszerzeniem (rozszerzenie piszemy małymi literami).',
    en: 'The service does not accept files with this extension (extensions are written in lower case).'
  },
  'file-empty': { status: 422, pl: 'Załącznik jest pusty.', en: 'The attachment is empty.' },
  'too-many-files': {
    status: 422,
    pl: 'Przesyłka ma za dużo załączników.',
    en: 'The letter has too many attachments.'
  },
  'too-large': {
    status: 422,
    pl: 'Załączniki są razem za duże.',
    en: 'The attachments together are too large.'
  },
  'text-too-long': {
    status: 422,
    pl: 'Treść wiadomości ma więcej niż 5000 znaków.',
    en: 'The text of the message has more than 5,000 characters.'
  },
  'part-changed': {
    status: 500,
    pl: 'Załącznik w archiwum nie zgadza się ze swoim skrótem. Nic nie wysłano.',
    en: 'An attachment in the archive does not match its digest. Nothing was sent.'
  },
  'mailbox-full': {
    status: 409,
    pl: 'Skrzynka nadawcy jest pełna. Zwolnij miejsce i wyślij ponownie.',
    en: 'The mailbox of the sender is full. Make room and send again.'
  },
  'recipient-refused': {
    status: 422,
    pl: 'Operator nie przyjął przesyłki do tego adresata.',
    en: 'The operator did not take the letter for this addressee.'
  },
  'attachment-refused': {
    status: 422,
    pl: 'Operator nie przyjął załącznika.',
    en: 'The operator did not take an attachment.'
  },
  'not-permitted': {
    status: 403,
    pl: 'System nie ma uprawnień do wysyłania z tej skrzynki.',
    en: 'The system has no permission to send from this mailbox.'
  },
  'request-refused': {
    status: 422,
    pl: 'Operator odrzucił przesyłkę. Jego uzasadnienie podano obok.',
    en: 'The operator refused the letter. Its reason is given beside.'
  },
  'provider-unavailable': {
    status: 503,
    pl: 'Usługa operatora nie odpowiada. Nic nie wysłano; Goniec spróbuje ponownie.',
    en: 'The service of the operator does not answer. Nothing was sent; Goniec will try again.'
  },
  'provider-busy': {
    status: 503,
    pl: 'Operator prosi, by spróbować później. Nic nie wysłano.',
    en: 'The operator asks to try later. Nothing was sent.'
  },
  'token-refused': {
    status: 503,
    pl: 'Operator nie wydał systemowi tokenu: sprawdź klucz, nazwę systemu i zegar.',
    en: 'The operator gave the system no token: check the key, the system name and the clock.'
  },
  'draft-answer-lost': {
    status: 503,
    pl: 'Nie nadeszła odpowiedź na utworzenie wersji roboczej. Nic nie wysłano.',
    en: 'No answer came to the creation of the draft. Nothing was sent.'
  },
  'answer-lost': {
    status: 503,
    pl: 'Nie nadeszła odpowiedź na wysłanie. Goniec sprawdza w skrzynce, czy operator przyjął przesyłkę.',
    en: 'No answer came to the sending. Goniec looks in the mailbox whether the operator took the letter.'
  },
  'draft-gone': {
    status: 503,
    pl: 'Wersja robocza zniknęła. Goniec szuka przesyłki wśród wysłanych.',
    en: 'The draft is gone. Goniec looks for the letter among those sent.'
  },
  'in-work': {
    status: 503,
    pl: 'Operator przetwarza przesyłkę.',
    en: 'The operator is working on the letter.'
  },
  'task-unknown': {
    status: 503,
    pl: 'Operator nie zna zadania wysłania. Goniec szuka przesyłki wśród wysłanych.',
    en: 'The operator does not know the sending task. Goniec looks for the letter among those sent.'
  },
  'not-found-yet': {
    status: 503,
    pl: 'Przesyłki nie ma w skrzynce: ani w roboczych, ani w wysłanych. Goniec szuka dalej.',
    en: 'The letter is in no folder of the mailbox, neither draft nor sent. Goniec keeps looking.'
  },
  'looking-again': {
    status: 503,
    pl: 'Wersja robocza czeka w skrzynce. Goniec spojrzy jeszcze raz, zanim ją wyśle.',
    en: 'The draft waits in the mailbox. Goniec will look once more before it sends it.'
  },
  'several-alike': {
    status: 503,
    pl: 'W skrzynce jest więcej niż jedna taka przesyłka. Rozstrzyga człowiek.',
    en: 'More than one letter in the mailbox looks like this one. A person decides.'
  },
  'search-incomplete': {
    status: 503,
    pl: 'W skrzynce jest zbyt wiele przesyłek, by przejrzeć je wszystkie. Rozstrzyga człowiek.',
    en: 'The mailbox has too many letters to look through all of them. A person decides.'
  },
  'budget-spent': {
    status: 503,
    pl: 'Wyczerpano limit zapytań do skrzynki na tę chwilę.',
    en: 'The budget of questions to this mailbox is spent for the moment.'
  },
  'evidence-not-given': {
    status: 503,
    pl: 'Operator nie wydał dowodu.',
    en: 'The operator did not give the evidence.'
  },
  interrupted: {
    status: 500,
    pl: 'Przekazanie przerwano po naszej stronie.',
    en: 'The hand-over was interrupted on our side.'
  }
})

/** Every code of this folder. */
export type PurdeProblem = keyof typeof purdeProblems
