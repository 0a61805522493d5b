import type { Feature } from '../../messaging/index.js';
import { checkBundles } from './bundles.doctor.js';
import { BundlesModule } from './bundles.module.js';
import { bundlesPermissions, bundlesProvisioning } from './bundles.permissions.js';
import { bundlesSettings } from './bundles.settings.js';
import { bundleResources } from './export/bundle-resources.js';
import { registerUnbundleCommand } from './unbundle/unbundle.command.js';
import { bundlesTopology } from './bundles.topology.js';

/** Bundles many small objects into few large ones. */
export const bundlesFeature: Feature = {
  name: 'bundles',
  module: (settings) => BundlesModule.forRoot(settings),
  topology: (settings) => bundlesTopology(bundlesSettings.of(settings)),
  roles: {
    bundles: (settings) => {
      const { distributionBucket, queue } = bundlesSettings.of(settings);
      return distributionBucket === undefined ? [] : [queue];
    },
  },
  settings: bundlesSettings,
  resources: (settings) => bundleResources(settings, bundlesSettings.of(settings)),
  permissions: (settings) => bundlesPermissions(bundlesSettings.of(settings)),
  provisioning: (settings) => bundlesProvisioning(bundlesSettings.of(settings)),
  commands: registerUnbundleCommand,
  doctor: checkBundles,
};
