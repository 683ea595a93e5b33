/**
 * The oldest Terraform that runs what is synthesized. The provider speaks protocol 6 (Terraform 1.0), cdktf 0.21 wants 1.2;
 * 1.5 is the oldest line that is still in use, and the one that OpenTofu goes on from.
 */
export const oldestTerraform = "1.5.0";
