import { type DynamicModule, Module } from '@nestjs/common'
import { BaeController } from './bae/bae.controller.js'
import { ControlController } from './control/control.controller.js'
import { CredentialsController } from './control/credentials.controller.js'
import { FrontPageController } from './control/front-page.controller.js'
import { RevocationController } from './control/revocation.controller.js'
import { CscModule } from './csc/csc.module.js'
import { TokenController } from './operator-token/token.controller.js'
import { PkiController } from './pki/pki.controller.js'
import { PurdeModule } from './purde/purde.module.js'
import { TsaController } from './tsa/tsa.controller.js'
import { type World, WorldModule } from './world/world.module.js'

/** The whole sandbox: the shared world and the surfaces that show it. */
@Module({})
export class SandboxModule {
  /** @param world already opened parts */
  static of(world: World): DynamicModule {
    return {
      module: SandboxModule,
      imports: [WorldModule.of(world), PurdeModule, CscModule],
      controllers: [
        TsaController,
        PkiController,
        TokenController,
        BaeController,
        ControlController,
        CredentialsController,
        RevocationController,
        FrontPageController
      ]
    }
  }
}
