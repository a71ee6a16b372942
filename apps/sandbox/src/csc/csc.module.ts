import { Module } from '@nestjs/common'
import { AuthorizeCredential } from './authorize-credential.js'
import { CscInfoController } from './csc-info.controller.js'
import { CscLeversController } from './csc-levers.controller.js'
import { CscV1Controller } from './csc-v1.controller.js'
import { CscV2Controller } from './csc-v2.controller.js'
import { Oauth2Controller } from './oauth2.controller.js'
import { PendingSignatures } from './pending-signatures.js'
import { RemoteSealService } from './remote-seal-service.js'
import { ShowCredential } from './show-credential.js'
import { SignHash } from './sign-hash.js'
import { StampHash } from './stamp-hash.js'

/** The remote seal service: the API of the Cloud Signature Consortium before an imitated HSM. */
@Module({
  controllers: [CscInfoController, Oauth2Controller, CscV1Controller, CscV2Controller, CscLeversController],
  providers: [RemoteSealService, AuthorizeCredential, PendingSignatures, ShowCredential, SignHash, StampHash],
  exports: [RemoteSealService]
})
export class CscModule {}
