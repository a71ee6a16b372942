// What we use of pkcs11js, in our own types: it is compiled when it is installed, and a machine without a compiler does
// without it. Its own types would then be missing too, and nothing here could be built.

/** Handle of a slot, session or object. */
type Handle = Buffer

/** An attribute that an object has or is looked for by (PKCS #11 v2.40, 3.8: CK_ATTRIBUTE). */
export interface Attribute {
  readonly type: number
  readonly value?: number | boolean | string | Buffer
}

/** Parameters of CKM_RSA_PKCS_PSS (PKCS #11 v2.40, 2.1.9: CK_RSA_PKCS_PSS_PARAMS); `type`: CK_PARAMS_RSA_PSS. */
export interface PssParameters {
  readonly type: number
  readonly hashAlg: number
  readonly mgf: number
  readonly saltLen: number
}

/** How to sign (PKCS #11 v2.40, 3.9: CK_MECHANISM). */
export interface Mechanism {
  readonly mechanism: number
  readonly parameter?: PssParameters
}

/** What a token says of itself (PKCS #11 v2.40, 3.2: CK_TOKEN_INFO); texts are padded with blanks. */
interface TokenInfo {
  readonly label: string
  readonly manufacturerID: string
  readonly model: string
  readonly serialNumber: string
  readonly flags: number
}

/** A library of a device. Its functions throw what `resultOf` reads. */
export interface Pkcs11Library {
  load(path: string): void
  C_Initialize(options: { flags: number }): void
  C_GetSlotList(tokenPresent: boolean): Handle[]
  C_GetTokenInfo(slot: Handle): TokenInfo
  C_OpenSession(slot: Handle, flags: number): Handle
  C_CloseSession(session: Handle): void
  C_GetSessionInfo(session: Handle): { readonly state: number }
  C_Login(session: Handle, userType: number, pin: string): void
  C_FindObjectsInit(session: Handle, template: Attribute[]): void
  C_FindObjects(session: Handle, most: number): Handle[]
  C_FindObjectsFinal(session: Handle): void
  /** Values come as bytes. */
  C_GetAttributeValue(session: Handle, object: Handle, template: Attribute[]): Attribute[]
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void
  C_SignAsync(session: Handle, input: Buffer, output: Buffer): Promise<Buffer>
}

/** Constants of the standard, by their names there. */
type Pkcs11Constants = Readonly<
  Record<
    | 'CKA_ALWAYS_AUTHENTICATE'
    | 'CKA_CERTIFICATE_TYPE'
    | 'CKA_CLASS'
    | 'CKA_EXTRACTABLE'
    | 'CKA_ID'
    | 'CKA_KEY_TYPE'
    | 'CKA_LABEL'
    | 'CKA_NEVER_EXTRACTABLE'
    | 'CKA_SIGN'
    | 'CKA_VALUE'
    | 'CKC_X_509'
    | 'CKF_OS_LOCKING_OK'
    | 'CKF_SERIAL_SESSION'
    | 'CKG_MGF1_SHA256'
    | 'CKG_MGF1_SHA384'
    | 'CKG_MGF1_SHA512'
    | 'CKK_EC'
    | 'CKK_RSA'
    | 'CKM_ECDSA'
    | 'CKM_RSA_PKCS'
    | 'CKM_RSA_PKCS_PSS'
    | 'CKM_SHA256'
    | 'CKM_SHA384'
    | 'CKM_SHA512'
    | 'CKO_CERTIFICATE'
    | 'CKO_PRIVATE_KEY'
    | 'CKU_CONTEXT_SPECIFIC'
    | 'CKU_USER'
    | 'CK_PARAMS_RSA_PSS',
    number
  >
>

/** The module: the constants, and the class of libraries. */
export interface Pkcs11Module extends Pkcs11Constants {
  readonly PKCS11: new () => Pkcs11Library
}
